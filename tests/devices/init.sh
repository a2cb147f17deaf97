# First program of the guest, from its initial memory disk: finds the shared root and goes there.
# The lines before this one, written by machine.py, say REPOSITORY, PYTHON, PYTEST_OPTIONS,
# ACCELERATOR and MODULES.
B=/bin/busybox
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
for module in $MODULES; do $B insmod "/modules/$module"; done

# The host's root, which cannot be written, under one that can and is forgotten.
$B mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 root /host
$B mount -t tmpfs -o size=75% memory /memory
$B mkdir /memory/upper /memory/work
$B mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work overlay /root

for place in proc sys dev; do $B mount --move /$place /root/$place; done
exec $B switch_root /root "$REPOSITORY/tests/devices/guest.sh"
