import fc from "fast-check";

/** Property tests walk the same paths at each run, so that a change is judged and not luck; SLIPWAY_TEST_SEED=n walks others. */
fc.configureGlobal({ seed: Number(process.env["SLIPWAY_TEST_SEED"] ?? 20_261_122) });
