// The images in a request's body: one as it is, or many as multipart/form-data. The whole body is in memory by now, so
// parsing cannot wait for a client. What the bytes are is told by their content later, never by their declared type.
import { Busboy } from "@fastify/busboy";
import { AppError, messageOf } from "../core/errors.js";
import { imageMediaTypes } from "../images/formats.js";
import { uploadName } from "./upload-name.js";

export interface Upload {
  /** Safe to show. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Content types whose body is one image. */
export const imageTypes = imageMediaTypes();
export const multipartType = "multipart/form-data";

/** More than any client needs beside its files; each costs time to parse. */
const mostFields = 32;

/**
 * At least one image.
 * @param contentType the request's header, its type one of the above
 * @throws AppError REQUEST_INVALID, REQUEST_TOO_LARGE
 */
export async function uploadsOf(
  body: Buffer,
  contentType: string,
  { maxFiles }: { readonly maxFiles: number },
): Promise<readonly Upload[]> {
  if (body.length === 0) throw invalid("a body holds an image, or several as multipart/form-data", "an empty body");
  if (!contentType.toLowerCase().startsWith(multipartType)) return [{ name: uploadName(undefined, 1), bytes: body }];
  const uploads = await parseMultipart(body, contentType, maxFiles);
  if (uploads.length === 0) throw invalid("multipart/form-data holds one file or more", "none with a file name");
  return uploads;
}

function parseMultipart(body: Buffer, contentType: string, maxFiles: number): Promise<readonly Upload[]> {
  return new Promise((resolve, reject) => {
    const fail = (received: string) =>
      reject(invalid("multipart/form-data has a boundary in its header and ends with it", received));
    try {
      const uploads: Upload[] = [];
      const limits = { files: maxFiles, fields: mostFields, parts: maxFiles + mostFields, fieldSize: 1024 };
      const parser = new Busboy({ headers: { "content-type": contentType }, limits });
      const tooMany = () => reject(tooManyParts(maxFiles));
      parser.on("file", (_field, stream, fileName) => {
        const chunks: Buffer[] = [];
        const name = uploadName(fileName, uploads.length + 1);
        const place = uploads.push({ name, bytes: new Uint8Array() }) - 1;
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          uploads[place] = { name, bytes: Buffer.concat(chunks) };
        });
        stream.on("error", (error: Error) => fail(messageOf(error)));
      });
      parser.on("filesLimit", tooMany).on("fieldsLimit", tooMany).on("partsLimit", tooMany);
      parser.on("error", (error) => fail(messageOf(error)));
      parser.on("finish", () => resolve(uploads));
      parser.end(body);
    } catch (thrown) {
      fail(messageOf(thrown));
    }
  });
}

function tooManyParts(maxFiles: number): AppError {
  return new AppError("REQUEST_TOO_LARGE", {
    place: "request",
    rule: `may have ${maxFiles} files and ${mostFields} fields at most`,
    received: "more",
    remedy: "Send several requests",
  });
}

function invalid(rule: string, received: string): AppError {
  return new AppError("REQUEST_INVALID", {
    place: "request",
    rule,
    received: received.slice(0, 200),
    remedy: "See GET /openapi.json",
  });
}
