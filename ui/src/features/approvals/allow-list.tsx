import { useToldAct } from "@/api/told-act";
import type { AllowedQuestionDto } from "@/gen/types";
import { plain } from "@/lib/text";
import { Panel } from "@/ui/panel";
import { Table, Td, Th } from "@/ui/simple-table";
import { Switch } from "@/ui/switch";

/** Questions of the broker that are answered with yes without asking. */
export function AllowList({ allowed }: { allowed: readonly AllowedQuestionDto[] }) {
  const allow = useToldAct("question_allow");
  return (
    <Panel title="Questions answered with yes without asking">
      <div className="px-4 pt-3 pb-4">
        <p className="mb-2 max-w-[80ch] text-muted">
          Both the broker&apos;s id and a part of its words have to fit. Whatever is not listed, or
          is switched off, is put to you.
        </p>
        {allowed.length === 0 ? (
          <p>No question is on the list: each one is put to you.</p>
        ) : (
          <Table>
            <thead>
              <tr>
                <Th>Id</Th>
                <Th>The words contain</Th>
                <Th>Why a yes is right</Th>
                <Th className="text-right">Answered</Th>
              </tr>
            </thead>
            <tbody>
              {allowed.map(({ message_id: id, text_contains: contains, because, is_on }) => (
                <tr key={`${id} ${contains}`} className="[&:last-child>td]:border-b-0">
                  <Td className="font-mono text-12">{plain(id)}</Td>
                  <Td className="break-words">“{plain(contains)}”</Td>
                  <Td className="text-muted">{plain(because)}</Td>
                  <Td>
                    <span className="flex items-center justify-end gap-2 whitespace-nowrap">
                      <span className="text-12 text-muted">{is_on ? "yes" : "asks you"}</span>
                      <Switch
                        checked={is_on}
                        disabled={allow.isPending}
                        label={`Answer ${plain(id)} with yes`}
                        onChange={(next) =>
                          allow.run(
                            { message_id: id, is_on: next },
                            {
                              done: next
                                ? `${plain(id)} is answered with yes.`
                                : `${plain(id)} is put to you from now on.`,
                              failed: `${plain(id)} was not changed.`,
                            },
                          )
                        }
                      />
                    </span>
                  </Td>
                </tr>
              ))}
            </tbody>
          </Table>
        )}
      </div>
    </Panel>
  );
}
