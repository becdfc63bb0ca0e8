"""The words by which a name in a program may matter to more than the compiler.

Lists of what is known to look at names or to be looked for by name; what is in doubt is in.
"""

import builtins

from langgraph_nas.programs.imports import BASICS

FIXED_GLOBALS = frozenset({"Net", *BASICS, *dir(builtins)})
"""Names of module scope that the sandbox looks for, or that mean something when unbound."""

QUIET_DUNDERS = frozenset({"__init__", "__call__", "__len__", "__getitem__", "__iter__"})
"""Names with underscores around them that show no other name to the program."""

QUIET_IMPORTS = frozenset(
    {"__future__", "collections", "functools", "itertools", "math", "random", "torch", "typing"}
)
"""Modules whose functions do not look into the program that calls them, but by `READERS`."""

BARE_READERS = frozenset(
    {"breakpoint", "compile", "dir", "eval", "exec", "globals", "help", "locals", "open", "vars"}
)
"""Builtins that see all names."""

READERS = frozenset(
    {"ag_frame", "ao", "compile", "compiler", "cr_frame", "export", "func", "fx", "get_type_hints"}
    | {"gi_frame", "hub", "jit", "library", "load", "onnx", "ops", "overrides", "package"}
    | {
        "profiler",
        "quantization",
        "save",
        "script",
        "singledispatch",
        "singledispatchmethod",
        "tb_frame",
    }
    | {"testing", "utils", "vectorize"}
)
"""Attributes and parts of imports that lead to code which may see all names."""

BARE_TELLERS = frozenset(
    {"ascii", "bytearray", "bytes", "delattr", "format", "getattr", "hasattr", "repr"}
    | {"setattr", "str"}
)
"""Builtins that see the names which objects carry: of attributes, functions and classes."""

REGISTRARS = frozenset({"add_module", "register_buffer", "register_module", "register_parameter"})
"""Methods that name an attribute by their first argument, `name`."""

QUIET_METHODS = frozenset(
    {"apply", "bfloat16", "buffers", "children", "cpu", "cuda", "double", "eval", "float"}
    | {"forward", "half", "modules", "parameters", "register_forward_hook"}
    | {"register_forward_pre_hook", "register_full_backward_hook", "requires_grad_", "to"}
    | {"to_empty", "train", "training", "type", "zero_grad", "append", "extend", "insert", "pop"}
)
"""Attributes of the bases below that tell no names."""

MODULE_ATTRIBUTES = (
    QUIET_METHODS
    | REGISTRARS
    | {"T_destination", "call_super_init", "compile", "dump_patches", "extra_repr", "get_buffer"}
    | {"get_extra_state", "get_parameter", "get_submodule", "ipu", "load_state_dict", "mtia"}
    | {"named_buffers", "named_children", "named_modules", "named_parameters"}
    | {"register_backward_hook", "register_full_backward_pre_hook"}
    | {"register_load_state_dict_post_hook", "register_load_state_dict_pre_hook"}
    | {"register_state_dict_post_hook", "register_state_dict_pre_hook", "set_extra_state"}
    | {"set_submodule", "share_memory", "state_dict", "xpu"}
    | {"_apply", "_backward_hooks", "_backward_pre_hooks", "_buffers", "_call_impl"}
    | {"_compiled_call_impl", "_forward_hooks", "_forward_hooks_always_called"}
    | {"_forward_hooks_with_kwargs", "_forward_pre_hooks", "_forward_pre_hooks_with_kwargs"}
    | {"_get_abs_string_index", "_get_backward_hooks", "_get_backward_pre_hooks"}
    | {"_get_item_by_idx", "_get_name", "_is_full_backward_hook", "_load_from_state_dict"}
    | {"_load_state_dict_post_hooks", "_load_state_dict_pre_hooks"}
    | {"_maybe_warn_non_full_backward_hook", "_modules", "_named_members"}
    | {"_non_persistent_buffers_set", "_parameters", "_register_load_state_dict_pre_hook"}
    | {"_register_state_dict_hook", "_replicate_for_data_parallel", "_save_to_state_dict"}
    | {"_slow_forward", "_state_dict_hooks", "_state_dict_pre_hooks", "_version"}
    | {"_wrapped_call_impl"}
)
"""What `nn.Module`, `nn.Sequential` and `nn.ModuleList` define (torch 2.6 to 2.14)."""

LAYER_ATTRIBUTES = frozenset(
    {"T", "affine", "batch_first", "bias", "data", "device", "dilation", "dtype", "eps", "grad"}
    | {"groups", "in_channels", "in_features", "inplace", "kernel_size", "momentum"}
    | {"num_features", "out_channels", "out_features", "p", "padding", "requires_grad"}
    | {"running_mean", "running_var", "shape", "stride", "weight"}
)
"""What torch's own layers and tensors define, for which other code of torch may look."""

TELLERS = (
    (MODULE_ATTRIBUTES - QUIET_METHODS - REGISTRARS)
    | {"NamedTuple", "TypedDict", "attrgetter", "dataclass", "file", "format", "format_map"}
    | {"methodcaller", "namedtuple", "TransformerDecoder", "TransformerEncoder"}
    | {"typename"}
)
"""Attributes, keywords and parts of imports that may see the names which objects carry."""

RETURN_SELF = frozenset(
    {"append", "apply", "bfloat16", "cpu", "cuda", "double", "eval", "extend", "float", "half"}
    | {"insert", "requires_grad_", "to", "to_empty", "train", "type"}
)
"""Methods of the bases below that return the object."""

HAND_OUT = frozenset({"apply", "modules"})
"""Methods of the bases below that show the object to others; all that begins so does, too:"""
HOOK = "register_"

CALLED_BY_KEYWORD = frozenset(
    {"attn_mask", "average_attn_weights", "is_causal", "key_padding_mask", "mask", "memory_mask"}
    | {"memory_is_causal", "memory_key_padding_mask", "need_weights", "src_key_padding_mask"}
    | {"src_mask", "tgt_is_causal", "tgt_key_padding_mask", "tgt_mask"}
)
"""Parameters that torch passes by keyword to modules it is given."""

BASES = frozenset(
    {"nn.Module", "torch.nn.Module", "nn.Sequential", "torch.nn.Sequential", "nn.ModuleList"}
    | {"torch.nn.ModuleList", "object"}
)
"""Foreign classes of which a program may derive without its attributes getting a meaning."""
