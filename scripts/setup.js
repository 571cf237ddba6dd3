// Makes a checkout ready to run: npm packages, libtorch, the native addon, the compiled TypeScript.
// Run by `npm run setup`, and by `npm run demo` and `npm test` before their own work. It uses Node's built-in modules
// only, because it runs before `npm ci`; the version check stands alone here so that an old Node can still parse it.
const wanted = [20, 19];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Set-up stopped: Node.js is too old.\n  Why: Pneumoscope needs Node ${wanted.join(".")} or newer. Received ${process.version}.\n  What to do: install a newer Node, for instance with https://github.com/nvm-sh/nvm: nvm install 22`,
  );
  process.exit(1);
}
// Through sudo nothing is installed without a yes: this one, or the environment variable, or an answer on the terminal.
if (process.argv.includes("--yes")) process.env.PNEUMOSCOPE_SETUP_YES = "1";
const { runSetup } = await import("./setup/run-setup.js");
process.exitCode = await runSetup();
