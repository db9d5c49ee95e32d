import { useNavigate } from "@tanstack/react-router";

import type { Page } from "@/app/pages";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/panel";

/** A page of a later version says so, and what it will show. */
export function Planned({ page }: { page: Page }) {
  const navigate = useNavigate();
  return (
    <div className="h-full overflow-y-auto p-6">
      <h1 className="text-18 font-semibold">{page.title}</h1>
      <Empty
        title="This page comes with a later version"
        className="mt-[10vh]"
        action={<Button onClick={() => void navigate({ to: "/lineage" })}>Go to Lineage</Button>}
      >
        It will show: {page.planned}
      </Empty>
    </div>
  );
}
