// `pneumoscope serve`: the HTTP API and the page for one trained model. What it runs is loaded when it runs.
import type { Command } from "commander";
import { modelOption, pixelsOption, scoresOption } from "../inference/model-options.js";
import { oneOf, wholeNumber } from "../options.js";
import type { ServeCommandOptions } from "../serve/run-server.js";
import { settingOption } from "../setting-options.js";
import type { Terminal } from "../terminal.js";

const logs = ["requests", "off"] as const;

const examples = `
Examples:
  pneumoscope serve --model runs/custom-sound-2026-11-23-1
  pneumoscope serve --model model.onnx --port 9000
  curl -F files=@chest.jpeg http://127.0.0.1:8080/v1/predict
  (umask 077; openssl rand -base64 32 > tokens)
  pneumoscope serve --model model.onnx --host 0.0.0.0 --token-file tokens --tls-certificate cert.pem --tls-key key.pem
  curl -H "Authorization: Bearer $(cat tokens)" -F files=@chest.jpeg https://reader.clinic.example:8080/v1/predict

The page is at the address that is printed, the API's description at /openapi.json, how to use it in docs/api.md.
With a host that other machines can reach, --token-file or --no-authentication is needed. SIGHUP reads tokens and certificate
again and opens the audit log anew. Ctrl-C finishes the requests that run; a second one ends at once.`;

/** Adds the command. */
export function addServeCommand(program: Command, terminal: Terminal): void {
  program
    .command("serve")
    .addOption(modelOption())
    .addOption(scoresOption())
    .addOption(pixelsOption())
    .option("--port <n>", "port to listen on; 0 takes a free one", wholeNumber({ min: 0, max: 65_535 }), 8080)
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--allow-host <names...>", "names, beside localhost, under which the server may be asked")
    .option("--with-report", "serve the run's report too, with the radiographs and file names in it")
    .option("--comparison <file>", "a comparison.html that is served and that the page shows a link to")
    .option(
      "--log <what>",
      "requests: a line to stderr for each, without names or pixels; off: none",
      oneOf(logs),
      "requests",
    )
    .option("--audit-log <file>", "append a JSON line for each request: who, when, how many images, result codes")
    .optionsGroup("Who may ask:")
    .option("--token-file <file>", "bearer tokens, one a line, with an optional name before it; # begins a comment")
    .option("--no-authentication", "let whoever reaches the host ask, also from other machines")
    .option("--tls-certificate <file>", "serve https with this certificate (PEM)")
    .option("--tls-key <file>", "the certificate's key (PEM)")
    .optionsGroup("Limits:")
    .option("--max-body <MiB>", "size of one request", wholeNumber({ min: 1, max: 1024 }), 128)
    .addOption(settingOption("maxPixels"))
    .option("--max-files <n>", "images in one request", wholeNumber({ min: 1, max: 1000 }), 32)
    .option("--max-queue <n>", "images that may wait; more are refused", wholeNumber({ min: 1, max: 10_000 }), 64)
    .option("--max-seconds <n>", "time to read the images of one request", wholeNumber({ min: 1, max: 3600 }), 60)
    .option(
      "--grace <n>",
      "seconds until a server that is told to stop has ended",
      wholeNumber({ min: 2, max: 3600 }),
      8,
    )
    .addHelpText("after", examples)
    .action(async (options: ServeCommandOptions) => {
      const { runServer } = await import("../serve/run-server.js");
      await runServer(options, terminal);
    });
}
