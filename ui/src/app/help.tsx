import type { Hotkey } from "@/ui/hotkeys";
import { Dialog } from "@/ui/dialog";

const SHOWN: Record<string, string> = {
  "mod+k": "Ctrl K",
  "mod+.": "Ctrl .",
  "mod+b": "Ctrl B",
  "mod+shift+h": "Ctrl Shift H",
};

/** What the keys do on this page. */
export function Help({ keys, onClose }: { keys: readonly Hotkey[] | null; onClose: () => void }) {
  const groups = [...new Set(keys?.map((each) => each.group))];
  return (
    <Dialog
      open={keys !== null}
      onOpenChange={onClose}
      title="Keys"
      className="w-[min(720px,calc(100vw-32px))]"
    >
      <div className="columns-2 gap-x-10 overflow-y-auto p-5">
        {groups.map((group) => (
          <section key={group} className="mb-5 break-inside-avoid">
            <h3 className="mb-1.5 text-12 font-semibold text-muted">{group}</h3>
            <dl>
              {keys
                ?.filter((each) => each.group === group)
                .map((each) => (
                  <div key={each.keys} className="flex h-7 items-center justify-between gap-4">
                    <dt>{each.label}</dt>
                    <dd className="flex gap-1">
                      {(SHOWN[each.keys] ?? each.keys).split(" ").map((key, index) => (
                        <kbd
                          key={`${key}${index}`}
                          className="min-w-5 rounded-[4px] border border-line-strong bg-raised px-1.5 text-center font-sans text-12"
                        >
                          {key}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
