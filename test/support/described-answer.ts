// Holds an answer of the server against the API's OpenAPI document: its status, content type and body must stand there.
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { openApiDocument } from "../../src/serve/openapi/document.js";
import { defaultServerOptions } from "../../src/serve/server-options.js";

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

interface Document {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content: Record<string, { schema: object }> }> }>
  >;
  readonly components: { readonly schemas: Record<string, object> };
}

const document = openApiDocument("1.2.3", defaultServerOptions, true) as unknown as Document;
const ajv = new Ajv2020({ strict: false, allErrors: false });
ajv.addSchema({ $id: "api", components: document.components });

export function assertDescribed(answer: Answer, method: string, path: string): void {
  const response = document.paths[path]?.[method]?.responses[answer.statusCode];
  assert.ok(response, `${method} ${path} does not describe status ${answer.statusCode}: ${answer.body}`);
  const type = String(answer.headers["content-type"]).replace(/;.*/, "");
  const content = response.content[type];
  assert.ok(content, `${method} ${path} ${answer.statusCode} does not describe ${type}`);
  if (!type.endsWith("json")) return;
  const schema = JSON.parse(JSON.stringify(content.schema).replaceAll('"#/', '"api#/'));
  const isValid = ajv.validate(schema, JSON.parse(answer.body));
  assert.ok(isValid, `${ajv.errorsText()}: ${answer.body}`);
}
