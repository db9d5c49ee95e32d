import { X } from "lucide-react";
import { useState } from "react";

import { useToldAct } from "@/api/told-act";
import type { IndicatorChoiceDto, IndicatorSetDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm, Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";

interface SetsProps {
  sets: readonly IndicatorSetDto[];
  /** The set that is shown; nothing for one that is not saved yet. */
  set: IndicatorSetDto | null;
  /** The indicators that are being put together. */
  members: readonly IndicatorChoiceDto[];
  /** Their names, in the same order. */
  labels: readonly string[];
  isChanged: boolean;
  saving: boolean;
  onSaving: (saving: boolean) => void;
  onOpen: (set: IndicatorSetDto | null) => void;
  onRemoveMember: (index: number) => void;
}

/** Named sets, and the one that is being put together. */
export function Sets(props: SetsProps) {
  const { sets, set, members, labels, isChanged, saving, onSaving, onOpen, onRemoveMember } = props;
  const [removing, setRemoving] = useState(false);
  const remove = useToldAct("indicator_set_delete");
  return (
    <section aria-label="Sets of indicators" className="space-y-3 border-t p-4">
      <header className="flex items-center gap-2">
        <h2 className="font-semibold">Set</h2>
        <select
          aria-label="Open a set"
          value={set?.id ?? ""}
          onChange={({ target }) => onOpen(sets.find(({ id }) => id === target.value) ?? null)}
          className="h-7 min-w-0 flex-1 rounded-base border border-line-strong bg-ground px-1.5"
        >
          <option value="">A new one</option>
          {sets.map(({ id, name, is_shipped: isShipped }) => (
            <option key={id} value={id}>
              {plain(name)}
              {isShipped ? " (shipped)" : ""}
            </option>
          ))}
        </select>
      </header>
      {set ? (
        <p className="text-12 text-muted">
          {set.is_shipped ? <Badge className="mr-1.5">shipped</Badge> : null}
          {plain(set.description)}
        </p>
      ) : null}
      {members.length === 0 ? (
        <p className="text-muted">Nothing is in it yet. Add indicators, or open a set.</p>
      ) : (
        <ul aria-label="In the set" className="flex flex-wrap gap-1.5">
          {labels.map((label, index) => (
            <li
              key={`${label} ${index}`}
              className="flex items-center gap-1 rounded-base border py-0.5 pr-0.5 pl-2"
            >
              {label}
              <Button
                variant="ghost"
                size="small"
                className="px-1"
                aria-label={`Take ${label} out`}
                onClick={() => onRemoveMember(index)}
              >
                <X />
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="flex gap-2">
        <Button
          disabled={members.length === 0 || (set !== null && !isChanged)}
          title="Save the set (w)"
          onClick={() => onSaving(true)}
        >
          Save the set
        </Button>
        {set && !set.is_shipped ? (
          <Button variant="ghost" onClick={() => setRemoving(true)}>
            Delete it
          </Button>
        ) : null}
      </div>
      {saving ? (
        <SaveDialog
          set={set}
          members={members}
          onClose={() => onSaving(false)}
          onSaved={(made) => onOpen(made)}
        />
      ) : null}
      {set ? (
        <Confirm
          open={removing}
          onOpenChange={setRemoving}
          title={`Delete ${plain(set.name)}?`}
          action={`Delete ${plain(set.name)}`}
          danger
          onConfirm={() =>
            remove.run(
              { set_id: set.id },
              {
                done: `${plain(set.name)} is deleted.`,
                failed: `${plain(set.name)} was not deleted.`,
                then: () => onOpen(null),
              },
            )
          }
        >
          Strategies that took a copy of it keep their indicators.
        </Confirm>
      ) : null}
    </section>
  );
}

function SaveDialog({
  set,
  members,
  onClose,
  onSaved,
}: {
  set: IndicatorSetDto | null;
  members: readonly IndicatorChoiceDto[];
  onClose: () => void;
  onSaved: (set: IndicatorSetDto | null) => void;
}) {
  const own = set !== null && !set.is_shipped ? set : null;
  const [name, setName] = useState(own?.name ?? "");
  const [description, setDescription] = useState(own?.description ?? "");
  const save = useToldAct("indicator_set_save");
  const submit = () => {
    if (name.trim() === "") return;
    save.run(
      { set_id: own?.id ?? null, name, description, indicators: [...members] },
      {
        done: `${name.trim()} is saved.`,
        failed: "The set was not saved.",
        then: (sets) => {
          onSaved(sets.find((each) => !each.is_shipped && each.name === name.trim()) ?? null);
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={own ? `Save ${plain(own.name)}` : "Save the set"}
      description="A strategy takes a copy of a set: changing the set later changes no strategy."
      className="w-[min(440px,calc(100vw-32px))]"
    >
      <form
        className="space-y-3 p-5"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Field label="Name" value={name} onChange={setName} maxLength={60} autoFocus />
        <Field
          label="What it is for"
          value={description}
          onChange={setDescription}
          maxLength={300}
        />
        <div className="flex justify-end gap-2 pt-2">
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            size="large"
            variant="primary"
            disabled={name.trim() === "" || save.isPending}
          >
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
