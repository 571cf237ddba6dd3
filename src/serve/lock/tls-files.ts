// Certificate and key from files, checked before they are used: that they belong together, and that the certificate is
// valid today. Read again when told to.
import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { AppError, messageOf } from "../../core/errors.js";
import { readPrivateFile } from "./private-file.js";

/** Paths of PEM files. */
export interface TlsFiles {
  /** With the certificates between it and the root, in this order. */
  readonly certificate: string;
  /** Without a passphrase. */
  readonly key: string;
}

export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** @throws AppError TLS_FILE_INVALID */
export function readTlsPair(files: TlsFiles, now = Date.now()): TlsPair {
  const cert = readPrivateFile(files.certificate, { code: "TLS_FILE_INVALID", isPublic: true });
  const key = readPrivateFile(files.key, { code: "TLS_FILE_INVALID" });
  const { certificate } = files;
  const { validFrom, validTo } = parsed(cert, certificate);
  if (Date.parse(validTo) < now || Date.parse(validFrom) > now) {
    throw invalid(certificate, "must be valid today", `one that is valid from ${validFrom} to ${validTo}`);
  }
  try {
    createSecureContext({ cert, key });
  } catch (thrown) {
    const place = `${certificate}, ${files.key}`;
    throw invalid(place, "must be a certificate and its key, as PEM without a passphrase", messageOf(thrown), thrown);
  }
  return { cert, key };
}

function parsed(cert: string, path: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (thrown) {
    throw invalid(path, "must be a certificate as PEM", messageOf(thrown), thrown);
  }
}

function invalid(place: string, rule: string, received: string, cause?: unknown): AppError {
  return new AppError("TLS_FILE_INVALID", { place, rule, received }, { cause });
}
