import { useToldAct } from "@/api/told-act";
import type { ConnectionDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { ENVIRONMENTS } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Panel } from "@/ui/panel";
import { Table, Td, Th } from "@/ui/simple-table";
import { Light } from "@/ui/state";

/** Accounts of the login, and what the broker's answers say of their kind. */
export function Accounts({ connection }: { connection: ConnectionDto }) {
  const { accounts, signs, environment } = connection;
  const select = useToldAct("account_select");
  return (
    <Panel title="Account">
      <div className="grid grid-cols-2 max-[900px]:grid-cols-1">
        <div className="p-4">
          <h3 className="mb-1.5 text-12 font-medium text-muted">Accounts of the login</h3>
          {accounts.length === 0 ? (
            <p className="text-muted">The broker has named no account yet.</p>
          ) : (
            <ul className="space-y-1.5">
              {accounts.map(({ account_id, is_selected }) => (
                <li
                  key={account_id}
                  className={cn(
                    "flex h-9 items-center gap-2.5 rounded-base border px-3",
                    is_selected && "border-accent shadow-[inset_1px_0_0_var(--accent)]",
                  )}
                >
                  <span className="tabular font-medium">{plain(account_id)}</span>
                  {is_selected ? (
                    <span className="ml-auto flex items-center gap-1.5 text-12 text-accent">
                      <Light tone="accent" shape="check" /> orders go here
                    </span>
                  ) : (
                    <Button
                      size="small"
                      className="ml-auto"
                      disabled={select.isPending}
                      onClick={() =>
                        select.run(
                          { account_id },
                          {
                            done: `Orders go to ${account_id}.`,
                            failed: `${account_id} was not chosen.`,
                          },
                        )
                      }
                    >
                      Use {plain(account_id)}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )}
        </div>
        <div className="border-l p-4 max-[900px]:border-t max-[900px]:border-l-0">
          <h3 className="mb-1 text-12 font-medium text-muted">Signs of paper and live</h3>
          {signs.length === 0 ? (
            <p className="text-muted">
              {environment === "sandbox"
                ? "The sandbox is neither."
                : "They are read when the session is open."}
            </p>
          ) : (
            <Table>
              <thead>
                <tr>
                  <Th>Sign</Th>
                  <Th>Answer</Th>
                  <Th>Says</Th>
                </tr>
              </thead>
              <tbody>
                {signs.map((sign) => {
                  const wrong = sign.says !== null && sign.says !== environment;
                  return (
                    <tr key={sign.name}>
                      <Td className="font-mono text-12">{plain(sign.name)}</Td>
                      <Td className="max-w-40 break-words">{plain(sign.value)}</Td>
                      <Td>
                        {sign.says === null ? (
                          <span className="text-muted">nothing</span>
                        ) : wrong ? (
                          <Badge solid tone="error">
                            {ENVIRONMENTS[sign.says].word}
                          </Badge>
                        ) : (
                          <span className="flex items-center gap-1.5">
                            <Light tone="up" shape="check" />
                            {ENVIRONMENTS[sign.says].word}
                          </span>
                        )}
                      </Td>
                    </tr>
                  );
                })}
              </tbody>
            </Table>
          )}
        </div>
      </div>
    </Panel>
  );
}
