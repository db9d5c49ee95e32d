import { Lock } from "lucide-react";
import type { RefObject } from "react";

import { TYPES, typeWord } from "@/features/prompts/words";
import type { Language, PromptDto, PromptType } from "@/gen/types";
import { plain } from "@/lib/text";
import { LANGUAGES } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { cn } from "@/ui/cn";
import { INPUT } from "@/ui/field";
import { SearchField } from "@/ui/search-field";
import { Switch } from "@/ui/switch";

export interface Filter {
  text: string;
  type: PromptType | null;
  language: Language | null;
  deleted: boolean;
}

export const NO_FILTER: Filter = { text: "", type: null, language: null, deleted: false };

/** Those that match, one's own first, in the order of a run. */
export function sift(prompts: readonly PromptDto[], filter: Filter): PromptDto[] {
  const words = filter.text.toLowerCase().split(/\s+/);
  const order = (prompt: PromptDto) => TYPES.findIndex(({ value }) => value === prompt.prompt_type);
  return prompts
    .filter((prompt) => {
      const said = [
        prompt.name,
        prompt.description,
        typeWord(prompt.prompt_type),
        LANGUAGES[prompt.language],
        ...prompt.tags,
      ]
        .join(" ")
        .toLowerCase();
      return (
        words.every((word) => said.includes(word)) &&
        (filter.type === null || prompt.prompt_type === filter.type) &&
        (filter.language === null || prompt.language === filter.language) &&
        (filter.deleted || !prompt.is_deleted)
      );
    })
    .toSorted(
      (a, b) =>
        Number(a.is_shipped) - Number(b.is_shipped) ||
        order(a) - order(b) ||
        a.language.localeCompare(b.language) ||
        a.name.localeCompare(b.name),
    );
}

interface ListProps {
  prompts: readonly PromptDto[];
  selected: string | null;
  /** Those that a run would use now. */
  used: ReadonlySet<string>;
  filter: Filter;
  search: RefObject<HTMLInputElement | null>;
  nameOf: (strategyId: string) => string;
  onFilter: (filter: Filter) => void;
  onSelect: (id: string) => void;
}

/** Every prompt, by type, language and scope. */
export function PromptList(props: ListProps) {
  const { prompts, selected, used, filter, search, nameOf, onFilter, onSelect } = props;
  const groups = [
    { title: "Your own", prompts: prompts.filter((prompt) => !prompt.is_shipped) },
    { title: "Shipped with Throughline", prompts: prompts.filter((prompt) => prompt.is_shipped) },
  ];
  return (
    <>
      <div className="space-y-2 border-b p-3">
        <SearchField
          ref={search}
          value={filter.text}
          onChange={(text) => onFilter({ ...filter, text })}
          label="Filter prompts"
          placeholder="Filter (/)"
          className="ml-0 w-full"
        />
        <div className="flex gap-2">
          <select
            aria-label="Type"
            value={filter.type ?? ""}
            onChange={({ target }) =>
              onFilter({
                ...filter,
                type: TYPES.find(({ value }) => value === target.value)?.value ?? null,
              })
            }
            className={cn(INPUT, "h-7 px-1.5 text-12")}
          >
            <option value="">Any type</option>
            {TYPES.map(({ value, word }) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
          <select
            aria-label="Language"
            value={filter.language ?? ""}
            onChange={({ target: { value } }) =>
              onFilter({ ...filter, language: value === "en" || value === "zh" ? value : null })
            }
            className={cn(INPUT, "h-7 px-1.5 text-12")}
          >
            <option value="">Any language</option>
            {Object.entries(LANGUAGES).map(([value, word]) => (
              <option key={value} value={value}>
                {word}
              </option>
            ))}
          </select>
        </div>
        <div className="flex items-center gap-2 text-12 text-muted">
          <Switch
            checked={filter.deleted}
            onChange={(deleted) => onFilter({ ...filter, deleted })}
            label="Show the deleted ones"
          />
          <span aria-hidden="true">Show the deleted ones</span>
        </div>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto p-2">
        {groups.map((group) =>
          group.prompts.length === 0 ? null : (
            <section key={group.title} className="mb-3">
              <h2 className="px-2 py-1 text-12 font-medium text-muted">{group.title}</h2>
              <ul aria-label={group.title}>
                {group.prompts.map((prompt) => (
                  <Item
                    key={prompt.id}
                    prompt={prompt}
                    selected={prompt.id === selected}
                    used={used.has(prompt.id)}
                    scope={prompt.strategy_id === null ? null : nameOf(prompt.strategy_id)}
                    onSelect={() => onSelect(prompt.id)}
                  />
                ))}
              </ul>
            </section>
          ),
        )}
        {prompts.length === 0 ? (
          <p className="p-3 text-muted">No prompt matches. Clear the filter.</p>
        ) : null}
      </div>
    </>
  );
}

function Item({
  prompt,
  selected,
  used,
  scope,
  onSelect,
}: {
  prompt: PromptDto;
  selected: boolean;
  used: boolean;
  scope: string | null;
  onSelect: () => void;
}) {
  return (
    <li>
      <button
        type="button"
        aria-current={selected ? "true" : undefined}
        onClick={onSelect}
        className={cn(
          "relative block w-full rounded-base px-2 py-1.5 text-left hover:bg-raised",
          selected && "bg-raised shadow-[inset_1px_0_0_var(--accent)]",
        )}
      >
        <span className="flex items-center gap-1.5">
          {prompt.is_shipped ? (
            <Lock aria-label="Cannot be changed" className="size-3 shrink-0 text-muted" />
          ) : null}
          <span
            className={cn(
              "min-w-0 truncate",
              selected && "font-medium",
              prompt.is_deleted && "text-muted line-through",
              !prompt.is_active && !prompt.is_shipped && "text-muted",
            )}
          >
            {plain(prompt.name)}
          </span>
          {used ? (
            <Badge tone="accent" className="ml-auto" title="A run would use it now">
              In use
            </Badge>
          ) : null}
        </span>
        <span className="tabular mt-0.5 flex gap-1.5 text-12 text-muted">
          <span className="min-w-0 truncate">
            {[
              typeWord(prompt.prompt_type),
              prompt.language,
              ...(prompt.is_shipped ? [] : [`v${prompt.version}`]),
              ...(scope === null ? [] : [plain(scope)]),
            ].join(" · ")}
          </span>
          <span className="ml-auto whitespace-nowrap">
            {prompt.is_deleted
              ? "deleted"
              : !prompt.is_active
                ? "off"
                : prompt.is_default
                  ? "default"
                  : ""}
          </span>
        </span>
      </button>
    </li>
  );
}
