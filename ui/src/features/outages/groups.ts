import type { FaultDto } from "@/gen/types";

/** What a fault strikes, by the words of its name; the first that fits counts. */
const GROUPS: readonly { title: string; names: RegExp }[] = [
  { title: "Push", names: /socket|push|stream|frame|beat|smd/ },
  { title: "Account", names: /manual|elsewhere|liquidat|position|account|cash/ },
  { title: "Fills", names: /fill|execution|trades/ },
  { title: "Session", names: /session|login|reset|compet|clock|authenticated/ },
  { title: "Orders", names: /order|question|cancel|reply|bracket|status_word/ },
  { title: "Market data", names: /quote|snapshot|market|history/ },
];
const REST = "Line";
const ORDER = [REST, "Session", "Orders", "Fills", "Push", "Market data", "Account"];

export interface FaultGroup {
  title: string;
  faults: FaultDto[];
}

/** The faults by what they strike. A name that says nothing of it strikes the line. */
export function grouped(faults: readonly FaultDto[]): FaultGroup[] {
  const titleOf = ({ name }: FaultDto) =>
    GROUPS.find(({ names }) => names.test(name))?.title ?? REST;
  return ORDER.map((title) => ({
    title,
    faults: faults.filter((fault) => titleOf(fault) === title),
  })).filter((group) => group.faults.length > 0);
}

/** Every typed word occurs in what the fault says of itself. */
export function fits(fault: FaultDto, typed: string): boolean {
  const text = `${fault.name} ${fault.title} ${fault.words}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** In force, or waiting for its hour. */
export const isSet = (fault: FaultDto): boolean => fault.is_on || fault.from !== null;
