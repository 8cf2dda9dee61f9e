import { conformance } from "../conformance.ts";
import { sonic } from "./index.ts";
import { sonicDialect } from "./testing.ts";

conformance(sonic, sonicDialect);
