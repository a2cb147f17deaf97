"""The first-order motion model (Siarohin et al., NeurIPS 2019): its published weights as ONNX."""
