import { useState } from "react";

import { useAct } from "@/api/context";
import type { VaultDto } from "@/gen/types";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Notice } from "@/ui/notice";

/** Where there is no keychain, a passphrase opens the vault of keys. */
export function VaultNotice({ vault }: { vault: VaultDto }) {
  const [passphrase, setPassphrase] = useState("");
  const open = useAct("vault_open");
  if (vault.state !== "closed") return null;
  return (
    <Notice tone="warn" shape="triangle" title="The keys are locked">
      <p>{vault.sentence}</p>
      <form
        className="mt-3 flex max-w-[520px] items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (passphrase === "") return;
          open.mutate({ passphrase }, { onSettled: () => setPassphrase("") });
        }}
      >
        <Field
          label="Passphrase"
          type="password"
          value={passphrase}
          onChange={setPassphrase}
          className="flex-1"
          fault={
            open.error ? [open.error.message, open.error.hint].filter(Boolean).join(" ") : null
          }
        />
        <Button
          size="large"
          type="submit"
          className="mt-[23px]"
          disabled={passphrase === "" || open.isPending}
        >
          {open.isPending ? "Opening…" : "Open the vault"}
        </Button>
      </form>
    </Notice>
  );
}
