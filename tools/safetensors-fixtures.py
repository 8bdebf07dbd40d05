"""Writes the committed fixtures of packages/safetensors with the reference implementation.

    python tools/safetensors-fixtures.py packages/safetensors/test/fixtures

Needs: safetensors >= 0.8, torch, numpy. Output is deterministic: run it again and nothing changes.
- dtypes.safetensors: one tensor of every dtype that the reference's Python interface writes, raw bytes 0, 1, 2, ... (mod 251).
- dtypes-f6.safetensors: the two that it only reads (F6_E2M3, F6_E3M2), written by hand and read back by the reference.
- edge.safetensors: scalars, empty tensors, names that need escapes, metadata. empty.safetensors: no tensor.
- convert.safetensors: values that are hard to round, as f64, and torch's / numpy's f32, f16, bf16 of them.
- refused/*.safetensors: files with one fault each. fixtures.json: the error code expected of us, and what the reference said.
"""

import ctypes
import json
import pathlib
import struct
import sys

import numpy as np
import safetensors
import torch
from safetensors import TensorSpec, deserialize, serialize
from safetensors.torch import load, save

# Constructor name -> (name in the header, bits).
DTYPES = {
    "bool": ("BOOL", 8),
    "float4_e2m1fn_x2": ("F4", 4),
    "uint8": ("U8", 8),
    "int8": ("I8", 8),
    "float8_e5m2": ("F8_E5M2", 8),
    "float8_e4m3fn": ("F8_E4M3", 8),
    "float8_e8m0fnu": ("F8_E8M0", 8),
    "float8_e4m3fnuz": ("F8_E4M3FNUZ", 8),
    "float8_e5m2fnuz": ("F8_E5M2FNUZ", 8),
    "int16": ("I16", 16),
    "uint16": ("U16", 16),
    "float16": ("F16", 16),
    "bfloat16": ("BF16", 16),
    "int32": ("I32", 32),
    "uint32": ("U32", 32),
    "float32": ("F32", 32),
    "complex64": ("C64", 64),
    "float64": ("F64", 64),
    "int64": ("I64", 64),
    "uint64": ("U64", 64),
}


def spec(dtype, shape, buffer):
    return TensorSpec(dtype=dtype, shape=shape, data_ptr=ctypes.addressof(buffer), data_len=len(buffer))


def write_dtypes(folder):
    keep, tensors = [], {}
    for name, (code, bits) in DTYPES.items():
        length = 2 * 4 * bits // 8
        buffer = (ctypes.c_uint8 * length)(*[index % 251 for index in range(length)])
        keep.append(buffer)
        # A packed F4 is given with its storage shape, whose last axis is doubled on the way.
        shape = [2, 2] if code == "F4" else [2, 4]
        tensors[f"t.{code}"] = spec(name, shape, buffer)
    (folder / "dtypes.safetensors").write_bytes(serialize(tensors, metadata=None))
    return sorted(code for code, _ in DTYPES.values())


def write_f6(folder):
    entry = '{{"dtype":"{0}","shape":[2,4],"data_offsets":[{1},{2}]}}'
    members = [f'"t.{code}":' + entry.format(code, at, at + 6) for code, at in (("F6_E3M2", 0), ("F6_E2M3", 6))]
    header = "{" + ",".join(members) + "}"
    content = raw(header.ljust(-(-len(header) // 8) * 8), bytes(range(6)) * 2)
    (folder / "dtypes-f6.safetensors").write_bytes(content)
    read = deserialize(content)
    assert all(value["shape"] == [2, 4] and bytes(value["data"]) == bytes(range(6)) for _, value in read), read
    return sorted(value["dtype"] for _, value in read)


def write_edge(folder):
    tensors = {
        "scalar": torch.tensor(1.5),
        "empty": torch.zeros((0, 3), dtype=torch.float16),
        "__proto__": torch.tensor([1, 2, 3], dtype=torch.int64),
        "constructor": torch.tensor([True, False]),
        'quote " back \\ slash / newline \n': torch.tensor([7], dtype=torch.uint8),
        "ünï-\U0001f600": torch.tensor([-1], dtype=torch.int8),
        "ünï-\uffee": torch.tensor([-2], dtype=torch.int8),
        "": torch.tensor([9], dtype=torch.int16),
    }
    (folder / "edge.safetensors").write_bytes(save(tensors, metadata={"format": "pt \u2028 \x7f \x1f é"}))
    (folder / "empty.safetensors").write_bytes(save({}))


def write_convert(folder):
    rng = np.random.default_rng(20)
    values = [0.0, -0.0, np.inf, -np.inf, np.nan, 65504, 65519.999, 65520, -65520, 3.4e38, 3.3961e38, 1e39]
    values += [2.0**-24, 2.0**-25, np.nextafter(2.0**-25, 1), 3 * 2.0**-25, 2.0**-14, 2.0**-14 - 2.0**-25, 2.0**-126, 2.0**-133, 2.0**-134, 2.0**-149, 2.0**-150, 1e-300]
    values += [1 + 2.0**-8, 1 + 3 * 2.0**-8, 1 + 2.0**-8 + 2.0**-40, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 1 + 2.0**-24 + 2.0**-50]
    values += list(rng.standard_normal(300) * np.exp2(rng.integers(-30, 17, 300)))
    values += list(rng.standard_normal(100) * np.exp2(rng.integers(-150, 128, 100)))
    f64 = np.array(values, dtype=np.float64)
    with np.errstate(over="ignore", under="ignore"):
        f32 = f64.astype(np.float32)
        f16_from_f64 = f64.astype(np.float16)
    f32 = torch.from_numpy(f32)
    # numpy and torch canonicalise NaN differently, so NaN is compared as NaN by the tests.
    tensors = {
        "f64": torch.from_numpy(f64),
        "f32": f32,
        "f16.from_f32": f32.to(torch.float16),
        "bf16.from_f32": f32.to(torch.bfloat16),
        "f16.from_f64": torch.from_numpy(f16_from_f64),
        "f16.as_f32": f32.to(torch.float16).to(torch.float32),
        "bf16.as_f32": f32.to(torch.bfloat16).to(torch.float32),
        # Every half: all 65,536 of both kinds would be 0.5 MB, every 37th is enough to witness the decoder.
        "f16.sweep": torch.from_numpy(np.arange(0, 65536, 37, dtype=np.uint16).view(np.float16).copy()),
        "f16.sweep_f32": torch.from_numpy(np.arange(0, 65536, 37, dtype=np.uint16).view(np.float16).astype(np.float32)),
    }
    (folder / "convert.safetensors").write_bytes(save(tensors))


def raw(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def one(dtype="F32", shape="[2]", offsets="[0,8]", name='"a"', extra=""):
    return f'{{{name}:{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}{extra}}}}}'


def write_refused(folder):
    """Files with one fault each; `reference` records what the reference said of it, or that it accepts it."""
    entry = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
    cases = {
        "no-bytes": (b"", "file-too-small"),
        "seven-bytes": (b"\0" * 7, "file-too-small"),
        "header-claims-1gb": (raw("{}", length=1_000_000_000), "header-too-large"),
        "header-claims-2-to-the-63": (raw("{}", length=2**63), "header-too-large"),
        "header-longer-than-file": (raw("{}", length=100), "header-truncated"),
        "header-empty": (raw(""), "header-start"),
        "header-list": (raw("[]"), "header-start"),
        "header-leading-space": (raw(" {}"), "header-start"),
        "header-byte-order-mark": (raw(b"\xef\xbb\xbf{}"), "header-start"),
        "header-not-utf8": (raw(b'{"\xff":1}'), "header-utf8"),
        "header-cut": (raw('{"a":'), "header-json"),
        "header-nul-padding": (raw("{}\0\0\0\0\0\0"), "header-json"),
        "header-two-values": (raw("{}{}"), "header-json"),
        "header-deep": (raw('{"a":' + "[" * 200 + "]" * 200 + "}"), "header-json"),
        "header-lone-surrogate": (raw(one(name='"\\ud800"'), b"\0" * 8), "header-json"),
        "duplicate-tensor": (raw(f'{{"a":{entry},"a":{entry}}}', b"\0" * 8), "duplicate-name"),
        "duplicate-field": (raw(one(extra=',"dtype":"F32"'), b"\0" * 8), "duplicate-name"),
        "metadata-number": (raw('{"__metadata__":{"a":1}}'), "metadata"),
        "metadata-list": (raw('{"__metadata__":[]}'), "metadata"),
        "metadata-null": (raw('{"__metadata__":null}'), "metadata"),
        "tensor-null": (raw('{"a":null}'), "tensor-info"),
        "tensor-no-dtype": (raw('{"a":{"shape":[],"data_offsets":[0,4]}}', b"\0" * 4), "tensor-info"),
        "dtype-unknown": (raw(one(dtype="F33"), b"\0" * 8), "unknown-dtype"),
        "dtype-prototype": (raw(one(dtype="constructor"), b"\0" * 8), "unknown-dtype"),
        "shape-negative": (raw(one(shape="[-2]"), b"\0" * 8), "shape"),
        "shape-float": (raw(one(shape="[2.0]"), b"\0" * 8), "shape"),
        "shape-exponent": (raw(one(shape="[2e0]"), b"\0" * 8), "shape"),
        "shape-string": (raw(one(shape='["2"]'), b"\0" * 8), "shape"),
        "shape-minus-zero": (raw(one(shape="[-0]", offsets="[0,0]")), "shape"),
        "shape-too-many-digits": (raw(one(shape="[18446744073709551616]"), b"\0" * 8), "shape"),
        "shape-overflow": (raw(one(shape="[4294967296,4294967296]"), b"\0" * 8), "overflow"),
        "shape-wraps-to-8": (raw(one(shape="[4611686018427387906]"), b"\0" * 8), "shape"),
        "offsets-one": (raw(one(offsets="[8]"), b"\0" * 8), "offsets"),
        "offsets-three": (raw(one(offsets="[0,8,8]"), b"\0" * 8), "offsets"),
        "offsets-backwards": (raw(one(offsets="[8,0]"), b"\0" * 8), "offsets"),
        "length-mismatch": (raw(one(shape="[3]"), b"\0" * 8), "length-mismatch"),
        "half-a-byte": (raw(one(dtype="F4", shape="[3]", offsets="[0,1]"), b"\0"), "misaligned"),
        "overlap": (raw(f'{{"a":{entry},"b":{entry}}}', b"\0" * 8), "overlap"),
        "hole": (raw(one(offsets="[4,12]"), b"\0" * 12), "hole"),
        "data-truncated": (raw(one(), b"\0" * 7), "data-truncated"),
        "trailing-data": (raw(one(), b"\0" * 9), "trailing-data"),
    }
    target = folder / "refused"
    target.mkdir(exist_ok=True)
    listing = {}
    for name, (content, code) in cases.items():
        (target / f"{name}.safetensors").write_bytes(content)
        try:
            load(content)
            reference = "accepts"
        except Exception as error:
            reference = str(error)[:120]
        listing[name] = {"code": code, "reference": reference}
    return listing


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    dtypes = sorted(write_dtypes(folder) + write_f6(folder))
    write_edge(folder)
    write_convert(folder)
    report = {
        "versions": {"safetensors": safetensors.__version__, "torch": torch.__version__.split("+")[0], "numpy": np.__version__},
        "dtypes": dtypes,
        "refused": write_refused(folder),
    }
    (folder / "fixtures.json").write_text(json.dumps(report, indent=2, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
