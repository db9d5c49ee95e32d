import type { Rpc } from "@/gen/commands";
import type {
  ApiError,
  EventTopic,
  PromptDetailDto,
  TextDiffLineDto,
  PromptDto,
  PromptFindingDto,
  PromptReferenceDto,
  PromptTextRef,
  PromptValidationDto,
} from "@/gen/types";

interface RecordedVersion {
  version: number;
  hash: string;
  note: string;
  created_at: string | null;
  text: string;
}

/** What the page Prompts shows, kept as files. */
export interface PromptsRecording {
  prompts: PromptDto[];
  /** Of each prompt, newest first. */
  promptVersions: Record<string, RecordedVersion[]>;
  promptReference: PromptReferenceDto;
  /** What the variables are in every preview. */
  promptValues: Record<string, string | null>;
}

type Fail = (code: ApiError["code"], message: string, hint?: string | null) => never;
type PromptsCommand =
  | "prompts_list"
  | "prompts_resolve"
  | "prompt_get"
  | "prompt_save"
  | "prompt_clone"
  | "prompt_set_active"
  | "prompt_set_default"
  | "prompt_delete"
  | "prompt_restore"
  | "prompt_import"
  | "prompt_export"
  | "prompt_validate"
  | "prompt_preview"
  | "prompt_diff"
  | "prompt_reference";

const TAG = /\{\{\s*(\w+)[^}]*\}\}/g;

/** Lines at both ends that are the same, and everything between them as changed. */
export function compareLines(old: string, later: string): TextDiffLineDto[] {
  const [a, b] = [old.trimEnd().split("\n"), later.trimEnd().split("\n")];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const same = (text: string, at: number, there: number): TextDiffLineDto => ({
    kind: "same",
    old_line: at + 1,
    new_line: there + 1,
    spans: [{ text, is_changed: false }],
  });
  // The last words of a line stand for those that changed in it.
  const spans = (text: string) => {
    const at = text.lastIndexOf(" ", text.length - 12) + 1;
    return [
      { text: text.slice(0, at), is_changed: false },
      { text: text.slice(at), is_changed: true },
    ].filter((span) => span.text !== "");
  };
  return [
    ...a.slice(0, head).map((text, at) => same(text, at, at)),
    ...a.slice(head, a.length - tail).map((text, at): TextDiffLineDto => ({
      kind: "removed",
      old_line: head + at + 1,
      new_line: null,
      spans: spans(text),
    })),
    ...b.slice(head, b.length - tail).map((text, at): TextDiffLineDto => ({
      kind: "added",
      old_line: null,
      new_line: head + at + 1,
      spans: spans(text),
    })),
    ...a
      .slice(a.length - tail)
      .map((text, at) => same(text, a.length - tail + at, b.length - tail + at)),
  ];
}

/** Answers from a recording. No template engine is here: tags are found by a pattern. */
export function promptsAnswers(
  recording: () => PromptsRecording & { status: { now: string } },
  fail: Fail,
  emit: (topic: EventTopic) => void,
): { [K in PromptsCommand]: (request: Rpc[K][0]) => Rpc[K][1] } {
  const find = (id: string): PromptDto =>
    recording().prompts.find((each) => each.id === id) ??
    fail("not_found", `There is no prompt called "${id}".`, "Choose one from the list.");
  const versions = (id: string): RecordedVersion[] => recording().promptVersions[id] ?? [];
  const validate = (text: string): PromptValidationDto => {
    const known = recording().promptReference.variables.map(({ name }) => name);
    const findings: PromptFindingDto[] = [];
    const used = new Set<string>();
    text.split("\n").forEach((line, at) => {
      for (const found of line.matchAll(TAG)) {
        const name = found[1] ?? "";
        used.add(name);
        if (known.includes(name)) continue;
        findings.push({
          line: at + 1,
          column: found.index + found[0].indexOf(name) + 1,
          length: name.length,
          severity: "error",
          message: `${name} is not defined.`,
          suggestion: known.find((each) => each.startsWith(name.slice(0, 2))) ?? null,
        });
      }
    });
    return {
      is_valid: findings.length === 0,
      findings,
      variables: [...used].sort(),
      bytes: new TextEncoder().encode(text).length,
      maximum_bytes: recording().promptReference.maximum_bytes,
    };
  };
  const detail = (id: string, wanted: number | null): PromptDetailDto => {
    const found =
      versions(id).find(({ version }) => wanted === null || version === wanted) ??
      fail("not_found", `There is no version ${wanted ?? 1} of "${id}".`);
    return {
      prompt: find(id),
      version: found.version,
      text: found.text,
      versions: versions(id).map(({ text, ...version }) => ({
        ...version,
        lines: text.trimEnd().split("\n").length,
      })),
      validation: validate(found.text),
    };
  };
  const textOf = ({ prompt_id: id, version, text }: PromptTextRef): string =>
    text ?? detail(id ?? "", version).text;
  const nameOf = ({ prompt_id: id, version, text }: PromptTextRef): string =>
    text === null
      ? `${find(id ?? "").name}, version ${detail(id ?? "", version).version}`
      : "what is written now";
  const add = (made: Omit<PromptDto, "id" | "hash" | "updated_at">, text: string, note: string) => {
    const { prompts, promptVersions, status } = recording();
    const id = `p-new-${prompts.length}`;
    prompts.unshift({ ...made, id, hash: `${id}-hash`, updated_at: status.now });
    promptVersions[id] = [{ version: 1, hash: `${id}-hash`, note, created_at: status.now, text }];
    emit("prompts");
    return detail(id, null);
  };
  const change = (id: string, changes: Partial<PromptDto>): PromptDto => {
    const found = Object.assign(find(id), changes);
    emit("prompts");
    return found;
  };
  return {
    prompts_list: () => recording().prompts,
    prompts_resolve: ({ language }) => {
      const { prompts } = recording();
      const usable = prompts.filter(
        (each) =>
          each.language === language &&
          each.is_active &&
          !each.is_deleted &&
          each.strategy_id === null,
      );
      const types = [...new Set(usable.map((each) => each.prompt_type))];
      return {
        prompts: types.flatMap((type) => {
          const found =
            usable.find((each) => each.prompt_type === type && each.is_default) ??
            usable.find((each) => each.prompt_type === type);
          return found
            ? [
                {
                  prompt_id: found.id,
                  name: found.name,
                  version: found.version,
                  prompt_type: type,
                  language,
                  hash: found.hash,
                },
              ]
            : [];
        }),
        warnings: [],
      };
    },
    prompt_get: ({ prompt_id: id, version }) => detail(id, version),
    prompt_save: ({ prompt_id: id, based_on_version: base, text, note, ...described }) => {
      if (id === null)
        return add(
          {
            ...described,
            is_active: true,
            is_default: false,
            is_shipped: false,
            is_deleted: false,
            version: 1,
          },
          text,
          note,
        );
      const found = find(id);
      if (found.is_shipped) fail("invalid_request", `${found.name} is shipped.`, "Clone it.");
      if (base !== found.version)
        fail("not_now", `Version ${found.version} was saved meanwhile.`, "Compare the two first.");
      if (detail(id, null).text !== text) {
        found.version += 1;
        versions(id).unshift({
          version: found.version,
          hash: `${id}-${found.version}`,
          note,
          created_at: recording().status.now,
          text,
        });
      }
      change(id, described);
      return detail(id, null);
    },
    prompt_clone: ({ prompt_id: id, version, name, strategy_id }) =>
      add(
        {
          ...find(id),
          name,
          strategy_id,
          is_shipped: false,
          is_default: false,
          is_active: true,
          version: 1,
        },
        detail(id, version).text,
        `Cloned from ${find(id).name}`,
      ),
    prompt_set_active: ({ prompt_id: id, is_active }) => change(id, { is_active }),
    prompt_set_default: ({ prompt_id: id, is_default }) => change(id, { is_default }),
    prompt_delete: ({ prompt_id: id }) => change(id, { is_deleted: true }),
    prompt_restore: ({ prompt_id: id }) => change(id, { is_deleted: false }),
    prompt_import: ({ text }) => {
      if (!text.includes("[[prompt]]"))
        fail("invalid_request", "Line 1 holds no [[prompt]].", "Choose a file of prompt export.");
      const { prompt } = add(
        { ...find("shipped-daily-en"), name: "Imported", is_shipped: false, is_active: false },
        text,
        "Imported",
      );
      return { prompts: [prompt], warnings: [] };
    },
    prompt_export: ({ prompt_ids: ids }) => {
      const chosen = recording().prompts.filter((each) =>
        ids.length === 0 ? !each.is_shipped && !each.is_deleted : ids.includes(each.id),
      );
      return {
        file_name: "prompts.toml",
        count: chosen.length,
        text: chosen
          .map(
            (each) =>
              `[[prompt]]\nname = ${JSON.stringify(each.name)}\ntype = "${each.prompt_type}"\nlanguage = "${each.language}"\ntext = '''\n${detail(each.id, null).text}'''\n`,
          )
          .join("\n"),
      };
    },
    prompt_validate: ({ text }) => validate(text),
    prompt_preview: ({ prompt, execution_id: execution, symbol, date }) => {
      const text = textOf(prompt);
      const values = recording().promptValues;
      const validation = validate(text);
      const rendered = validation.is_valid
        ? text.replace(TAG, (_, name: string) => values[name] ?? "").replace(/\{%[^%]*%\}\n?/g, "")
        : null;
      return {
        rendered,
        validation,
        data:
          execution === null
            ? `${symbol ?? ""} on ${date ?? ""}, from the sandbox's prices`
            : `the data of ${execution}`,
        timeframe: "1d",
        values: validation.variables.map((name) => ({ name, value: values[name] ?? null })),
        bytes: new TextEncoder().encode(rendered ?? "").length,
        notes: [],
      };
    },
    prompt_diff: ({ old, new: later }) => {
      const lines = compareLines(textOf(old), textOf(later));
      return {
        old: nameOf(old),
        new: nameOf(later),
        lines,
        added: lines.filter(({ kind }) => kind === "added").length,
        removed: lines.filter(({ kind }) => kind === "removed").length,
      };
    },
    prompt_reference: () => recording().promptReference,
  };
}
