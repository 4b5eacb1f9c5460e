#!/usr/bin/env node
import { startBuilt } from "./built.mjs";

await startBuilt("slipway");
