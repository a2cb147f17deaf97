#!/bin/bash
# Second program of the guest, under the host's root: loads the drivers, runs the tests, ends.
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root
export MIMICAM_GUEST=$ACCELERATOR NUMBA_CACHE_DIR=/run/numba
cd "$REPOSITORY" || exit

mount -t tmpfs run /run
mkdir -p /dev/shm /run/user
mount -t tmpfs shm /dev/shm
ip link set lo up

modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0 vid_cap_nr=0
modprobe v4l2loopback devices=1 video_nr=10 exclusive_caps=1 card_label=mimicam

echo "guest: Linux $(uname -r), $(cut -d' ' -f1 /proc/uptime) s after power-on"
eval "options=($PYTEST_OPTIONS)"
# Looking for pytest's plugins takes most of a minute on an emulated processor.
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
setsid "$PYTHON" -m pytest tests/devices --confcutdir=tests/devices -v --color=no \
    -p pytest_timeout -p no:cacheprovider "${options[@]}"
code=$?
dmesg --level=emerg,alert,crit

# The port of QEMU's isa-debug-exit; QEMU ends with twice this number, plus one.
printf "\\x$(printf %x $code)" | dd of=/dev/port bs=1 seek=$((0xf4)) conv=notrunc status=none
