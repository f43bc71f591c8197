"""Reading a model: what its answers depend on, how its latent space is laid out, and what would change its mind.

:func:`exact_shapley` and :func:`kernel_shapley` share an answer out among the inputs of any function, and
:func:`tree_shapley` does so for forests; :func:`permutation_importance` asks a simpler question.
:class:`DescriptorHead` is a classifier on a table of descriptors, and :class:`FamilyHead` reads the disentangled VAE by
families of descriptors. :func:`character`, :func:`project`, :func:`traverse`, :func:`probe` and
:func:`mutual_information` look at latent spaces. :func:`exchanges` seeks the smallest change that flips an answer.
"""

from .counterfactual import exchanges
from .heads import FAMILIES, DescriptorHead, FamilyHead
from .importance import permutation_importance, tree_shapley
from .latent import character, mutual_information, probe, project, traverse
from .shapley import MOST_PLAYERS, Explanation, exact_shapley, kernel_shapley

__all__ = [
    "FAMILIES",
    "MOST_PLAYERS",
    "DescriptorHead",
    "Explanation",
    "FamilyHead",
    "character",
    "exact_shapley",
    "exchanges",
    "kernel_shapley",
    "mutual_information",
    "permutation_importance",
    "probe",
    "project",
    "traverse",
    "tree_shapley",
]
