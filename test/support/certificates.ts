// Certificates for tests of TLS, made by the machine's openssl; tests skip where there is none.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** For `test(name, { skip: withoutOpenssl }, …)`. */
export const withoutOpenssl: string | false = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return false;
  } catch {
    return "no openssl";
  }
})();

/** A certificate of 127.0.0.1 and localhost that signs itself, and its key, as files. */
export function makeCertificate(folder: string, name: string, days = 2): TestCertificate {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)];
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
  const args = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    `/CN=${name}`,
  ];
  execFileSync("openssl", [...args, "-days", String(days), "-addext", names, "-keyout", key, "-out", certificate], {
    stdio: "ignore",
  });
  return { certificate, key };
}
