"""Are our .onnx files right by ONNX's own rules? For the files that write-for-onnx.ts wrote:
    python test/golden/make/onnx_check.py FOLDER
For every FOLDER/*.onnx: onnx.checker.check_model(full_check=True), strict shape inference with data propagation, the
inferred shapes of the outputs against the declared ones, the metadata, and that nothing but the standard domain at the
declared operator set is used. Prints one line per file; exits 1 when one fails. Not part of npm test (needs Python).
Used with onnx 1.23.2; needs only `pip install onnx`.
"""

import glob
import json
import os
import sys

import onnx
from onnx import shape_inference


def shape_of(value):
    return [dim.dim_value or dim.dim_param for dim in value.type.tensor_type.shape.dim]


failed = False
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.onnx"))):
    name = os.path.basename(path)
    try:
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        declared = {output.name: shape_of(output) for output in model.graph.output}
        del model.graph.output[:]  # so that the shapes are found and not taken
        for output in declared:
            model.graph.output.append(onnx.ValueInfoProto(name=output))
        inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
        found = {output.name: shape_of(output) for output in inferred.graph.output}
        for output, sizes in declared.items():
            assert len(found[output]) == len(sizes), f"{output}: {found[output]} in place of {sizes}"
            for size, other in zip(sizes[1:], found[output][1:]):
                assert size == other or isinstance(other, str), f"{output}: {found[output]} in place of {sizes}"
        assert [(o.domain, o.version) for o in model.opset_import] == [("", 18)]
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        contract = json.loads(metadata["pneumoscope"])
        print(
            f"onnx {onnx.__version__} {name}: ok, {len(model.graph.node)} nodes, {os.path.getsize(path) / 1e6:.1f} MB, "
            f"{contract['precision']}, outputs {found}"
        )
    except Exception as error:  # every file gets its line
        failed = True
        print(f"onnx {onnx.__version__} {name}: FAILED: {error}")
sys.exit(1 if failed else 0)
