// Where golden tests of the engine compute: PNEUMOSCOPE_TEST_DEVICE ("cuda:0"), else the processor.
export const testDevice = process.env.PNEUMOSCOPE_TEST_DEVICE ?? "cpu";
