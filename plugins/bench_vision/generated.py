"""Figures of generated images beside as many real ones, the same for all objectives that generate."""

from __future__ import annotations

from bench import Figure

NEIGHBOURS = 3
"""Of a real or generated image: what is nearer than the last of them is of its kind."""

GENERATED: tuple[Figure, ...] = (
    Figure(
        "frechet_cifar_resnet20",
        doc="squared Frechet distance between generated and real images",
        better="lower",
    ),
    Figure(
        "frechet_of_halves",
        doc="squared Frechet distance between two halves of the real images: about the least to be hoped for",
    ),
    Figure("precision", doc="share of generated images that lie among real ones", better="higher"),
    Figure("recall", doc="share of real images that lie among generated ones", better="higher"),
)
