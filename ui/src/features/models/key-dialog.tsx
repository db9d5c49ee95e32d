import { useState } from "react";

import { useAct } from "@/api/context";
import type { ModelDto } from "@/gen/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { useToast } from "@/ui/toast";

/** Takes the key of a model, or has it forgotten. What is typed leaves this window once. */
export function KeyDialog({ model, onClose }: { model: ModelDto; onClose: () => void }) {
  const [key, setKey] = useState("");
  const toast = useToast();
  const set = useAct("model_key_set");
  const give = (value: string | null) =>
    set.mutate(
      { name: model.name, key: value },
      {
        onSuccess: () => {
          toast({
            title:
              value === null
                ? `The key of ${model.name} is forgotten.`
                : `The key of ${model.name} is kept.`,
          });
          onClose();
        },
        onSettled: () => setKey(""),
      },
    );
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Key of ${model.name}`}
      description={`It goes to ${model.url} and nowhere else.`}
      className="w-[min(480px,calc(100vw-32px))]"
    >
      <form
        className="p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (key !== "") give(key);
        }}
      >
        <Field
          label="Key"
          hint={model.key === "present" ? "replaces the kept one" : ""}
          type="password"
          value={key}
          onChange={setKey}
          fault={set.error ? [set.error.message, set.error.hint].filter(Boolean).join(" ") : null}
        />
        <p className="mt-2 text-12 text-muted">
          It is sealed by the keychain of this computer, or by your passphrase where there is none.
          It is never shown, logged, recorded or exported.
        </p>
        <div className="mt-5 flex items-center gap-2">
          {model.key === "present" ? (
            <Button variant="ghost" disabled={set.isPending} onClick={() => give(null)}>
              Forget the kept key
            </Button>
          ) : null}
          <span className="ml-auto" />
          <Button size="large" onClick={onClose}>
            Cancel
          </Button>
          <Button
            size="large"
            variant="primary"
            type="submit"
            disabled={key === "" || set.isPending}
          >
            {set.isPending ? "Keeping…" : "Keep this key"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
