"""Image plugins: backbones of timm, torchvision and for CIFAR, the digits, and image classification."""
