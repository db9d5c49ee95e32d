import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";

import { chooseTheme, chosenTheme, onTheme, type Theme } from "@/lib/theme";
import { Button } from "@/ui/button";
import { Menu, MenuChoice } from "@/ui/menu";

const ICONS = { system: Monitor, light: Sun, dark: Moon };
const WORDS: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };

export function ThemeControl() {
  const theme = useSyncExternalStore(onTheme, chosenTheme);
  const Icon = ICONS[theme];
  return (
    <Menu
      align="end"
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Theme: ${WORDS[theme]}`} title="Theme">
          <Icon />
        </Button>
      }
    >
      <MenuChoice
        label="Theme"
        value={theme}
        onChange={chooseTheme}
        options={(["system", "light", "dark"] as const).map((value) => ({
          value,
          text: WORDS[value],
        }))}
      />
    </Menu>
  );
}
