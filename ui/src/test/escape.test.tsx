import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";

import { Dialog } from "@/ui/dialog";
import { ToastProvider, useToast } from "@/ui/toast";

function Page() {
  const [open, setOpen] = useState(true);
  const toast = useToast();
  return (
    <Dialog open={open} onOpenChange={setOpen} title="Details">
      <button type="button" onClick={() => toast({ title: "Said in passing" })}>
        Say it
      </button>
    </Dialog>
  );
}

test("Escape closes a dialog also while a message stands in the corner", async () => {
  const user = userEvent.setup();
  render(
    <ToastProvider>
      <Page />
    </ToastProvider>,
  );
  await user.click(screen.getByRole("button", { name: "Say it" }));
  await screen.findAllByText("Said in passing");
  await user.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
});
