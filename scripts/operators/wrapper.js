// One typed TypeScript function per operator, from its schema as the addon describes it.

/** @typedef {{ name: string, type: string, hasDefault: boolean, isWritten: boolean }} SchemaArgument */
/** @typedef {{ text: string, arguments: readonly SchemaArgument[], returns: readonly string[] }} OperatorSchema */
/** @typedef {SchemaArgument & { variable: string, base: string, isList: boolean, isOptional: boolean }} Argument */

/** What a schema's types are in TypeScript. */
const typeScript = {
  Tensor: "Tensor",
  int: "number",
  SymInt: "number",
  float: "number",
  Scalar: "number",
  bool: "boolean",
  str: "string",
  Device: "string",
  ScalarType: "DType",
  MemoryFormat: "MemoryFormat",
};

/** Types that are always left to their defaults. */
const neverGiven = new Set(["Layout", "Generator"]);

/** Types whose names become numbers on the way. @type {Readonly<Record<string, string>>} */
const converters = { ScalarType: "scalarType", MemoryFormat: "memoryFormat" };

/**
 * @param {string} operator "aten::add.Tensor"
 * @param {OperatorSchema} schema
 * @returns {string} TypeScript source
 */
export function wrapperSource(operator, schema) {
  const name = functionName(operator);
  const given = schema.arguments.map(parsed).filter(({ base }) => !neverGiven.has(base));
  const required = given.filter(({ hasDefault }) => !hasDefault);
  const optional = given.filter(({ hasDefault }) => hasDefault);
  const written = given.filter(({ isWritten }) => isWritten);
  const bound = `bound${name[0]?.toUpperCase()}${name.slice(1)}`;
  const parameters = required.map((argument) => `${argument.variable}: ${typeOf(argument)}`);
  if (optional.length > 0) {
    const fields = optional.map((argument) => `readonly ${argument.variable}?: ${typeOf(argument)} | undefined`);
    parameters.push(`options: { ${fields.join("; ")} } = {}`);
  }
  const values = given.map(({ base, hasDefault, variable }) => {
    const value = hasDefault ? `options.${variable}` : variable;
    return base in converters ? `${converters[base]}(${value})` : value;
  });
  const call = `${bound}(${values.join(", ")})`;
  const returned = schema.returns.map(() => "Tensor").join(", ");
  if (!schema.returns.every((type) => type === "Tensor")) {
    throw new RangeError(`${operator}: should return tensors only. Received ${schema.text}`);
  }
  const [type, body] =
    schema.returns.length === 0
      ? ["void", `${call};`]
      : written.length > 0
        ? ["Tensor", `${call};\nreturn ${written[0]?.variable};`]
        : schema.returns.length === 1
          ? ["Tensor", `return one(${call});`]
          : [`[${returned}]`, `return many(${call});`];
  return `const ${bound} = bind("${operator}", ${JSON.stringify(given.map((argument) => argument.name))});
/** \`${schema.text}\` */
export function ${name}(${parameters.join(", ")}): ${type} {
${body}
}
`;
}

/**
 * "aten::lerp_.Scalar" -> "lerpScalarInPlace"
 * @param {string} operator
 */
export function functionName(operator) {
  const [base = "", overload = ""] = operator.replace(/^\w+::_?/, "").split(".");
  const inPlace = base.endsWith("_") ? "InPlace" : "";
  return camelCase(`${base.replace(/_$/, "")}${overload === "" ? "" : `_${overload}`}`) + inPlace;
}

/** @param {string} name */
const camelCase = (name) => name.replace(/_+(\w)/g, (_, letter) => letter.toUpperCase());

/**
 * @param {SchemaArgument} argument
 * @returns {Argument}
 */
function parsed(argument) {
  const match = /^(\w+)(\[\d*\])?(\?)?$/.exec(argument.type);
  if (match === null) throw new RangeError(`argument "${argument.name}": type ${argument.type} has no translation.`);
  const [, base = "", list, optional] = match;
  return {
    ...argument,
    variable: camelCase(argument.name),
    base,
    isList: list !== undefined,
    isOptional: optional !== undefined,
  };
}

/** @param {Argument} argument */
function typeOf({ name, base, isList, isOptional }) {
  if (!(base in typeScript)) throw new RangeError(`argument "${name}": type ${base} has no translation.`);
  const type = typeScript[/** @type {keyof typeof typeScript} */ (base)];
  return `${isList ? `readonly ${type}[]` : type}${isOptional ? " | null" : ""}`;
}
