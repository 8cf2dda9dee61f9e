import { conformance } from "../conformance.ts";
import { eos } from "./index.ts";
import { eosDialect } from "./testing.ts";

conformance(eos, eosDialect);
