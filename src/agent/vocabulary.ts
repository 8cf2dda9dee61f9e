/**
 * Words that may stand in a question without being anybody's name. A caller who sees one tenant only gets no answer
 * to a sentence with any other word: it could be a name that is not theirs to hear of.
 */
const plain = `
a about above account accept acting active actually add added after again against ago all allow allowed alone along already
also always am amount an and another any anybody anyone anything apart approve apply are around as ask at available away
back bad be because been before being below best better between big biggest both break broke broken but by bytes
came can can't cannot card care case cause change changed changes cheap cheaper cheapest check clear close cloud cluster come
compare config configuration confirm connect connected connection could count create current currently data dataset day
days delete describe details did didn't difference different do does doesn't doing don't done down due during each
easily edge either else end ended ends endpoint endpoints enough ever every everybody everyone everything exactly
expect expensive explain fabric fail failed fails far fast faster few figure file find fine first fix for found free from full
future gave get gets getting give given go goes going good got grade grow guarantee guaranteed had half happen happened
happening happens has hasn't have haven't he hear health healthy hello help helping her here hers hey hi high higher highest him
his history hold holds host hosts hour hourly hours how however i i'm idle if important in inside instead into is isn't it
it's its itself job jobs just keep keeps kept kind know last late later latest least leave left less let let's like limit link links
list little live long longer look looks lot low lower lowest machine machines made main make makes many may maybe me mean means
measured might mine minute minutes missing model modelled moment money month more most move much must my myself name named names
near need needs network networks never new next nic nics no nobody node nodes none nor normal not nothing now number numbers of off
often ok okay old on once one ones only open or order other others our ours out over own owner page paid part parts pay paying
people per percent performance person place plan planned running-config planning please pool port ports possible power present price prices
private problem problems prove proof provide pull push put quick quickly quite rail rate rates reach reached read ready real really
reason recent recently record records release remove report request requests resize resource resources rest result results right
room run running runs safe said same saw say second seconds see seems seen send server servers service services set several share
shared she should show shrink side since single size slow slower small so some somebody someone something somewhere soon
sorry space speed spend spending split spread start started state stats status step steps still stop stopped storage such sum
summary support sure switch switches system take taken takes talk tell tenant tenants than thanks that that's the their them
then there there's these they thing things think this those though through throughput time times to together token tokens told
too took top total traffic train training tried true try trying turn two type under understand unit unknown until up upon us usage
use used user users uses using usually value very via view wait waiting want wanted wants was wasn't way ways we week weeks well
went were what what's when where where's which while who who's whole whom whose why will with within without won't work worked
working works workload workloads world worse worst would wrong year yes yesterday yet you your yours zone
gpu gpus cpu gbps gb tb vlan vrf vni bgp evpn ecn pfc roce mtu slo tco usd dollar dollars cents million billion inference
don isn doesn aren didn won wasn hasn haven couldn wouldn ll ve re
pod pods leaf leaves leafs spine spines helping them currently model models wasted unused contention bottleneck compute cost costs bill invoice charge budget
`;

const known = new Set(plain.trim().split(/\s+/));

/** Words of a sentence that are neither known nor names of the inventory. */
export function strangers(words: Iterable<string>, cues: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const word of words) {
    const bare = word.replace(/['’]s?$/, "");
    const stems = [bare, bare.replace(/s$/, ""), bare.replace(/(ed|ing)$/, ""), bare.replace(/(ed|ing)$/, "e")];
    if (bare.length < 2 || /^[\d.,:$%/+-]+$/.test(bare)) continue;
    if (!stems.some((stem) => known.has(stem) || cues.has(stem))) found.push(bare);
  }
  return found;
}

/** Where a sentence of an operator names somebody: `tenant x`, `x's`, `is x running`, `in x`. */
export function namedStrangers(text: string, unknown: readonly string[]): string[] {
  return unknown.filter((word) => {
    const at = word.replaceAll(/[^a-z0-9-]/g, "");
    return (
      at.length >= 3 &&
      new RegExp(
        `\\b(?:tenant|customer|job|service|of|in|from|is|does|can|give|host|switch|reach) (?:the )?${at}\\b|\\b${at}(?:'s|’s)? (?:tenant|customer|job|running|cost|reach|have|hosts?|jobs?|config)\\b|\\b${at}['’]s\\b`,
      ).test(text)
    );
  });
}
