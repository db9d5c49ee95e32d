import { readdirSync } from "node:fs";

import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const message = (text) => ({ message: text });

/** Tauri is named in one file, so that another host can take its place. */
const tauri = {
  regex: "^@tauri-apps/",
  ...message("Only src/host/tauri.ts speaks to Tauri; go through the Host."),
};
const react = {
  regex: "^(react|react-dom|@tanstack/react-.*|radix-ui|lucide-react)(/|$)",
  ...message("This folder is plain TypeScript; React belongs to api, ui, features and app."),
};
const upward = (folders, text) => ({
  regex: `^@/(${folders})(/|$)`,
  ...message(text),
});
const relative = {
  regex: "^\\.\\./",
  ...message("Write @/…, so that the boundary rules see where an import leads."),
};
const restrict = (files, patterns) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [relative, ...patterns] }] },
});

/** A feature sees what lies below it and itself, never another feature. */
const features = readdirSync(new URL("./src/features", import.meta.url)).map((name) =>
  restrict(
    [`src/features/${name}/**`],
    [
      tauri,
      upward("app|host|test", "A feature knows neither the shell nor the host."),
      {
        regex: `^@/features/(?!${name}/)`,
        ...message("A feature never imports another feature; compose them in src/app."),
      },
    ],
  ),
);

export default tseslint.config(
  { ignores: ["dist", "src/gen"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  reactHooks.configs.flat["recommended-latest"],
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js", "journeys/*.mjs"] },
      },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: "Text from outside is shown as text.",
        },
        { selector: "TSEnumDeclaration", message: "Use a union of literals." },
        {
          selector: "CallExpression[callee.name='parseFloat']",
          message: "Amounts are formatted from their text: see @/lib/decimal.",
        },
      ],
      "max-lines": ["error", { max: 500 }],
    },
  },
  restrict(
    ["src/lib/**"],
    [tauri, react, upward("api|app|charts|features|host|live|test|ui", "lib stands on gen alone.")],
  ),
  restrict(
    ["src/host/**"],
    [react, upward("api|app|charts|features|live|ui", "A host knows types and lib.")],
  ),
  restrict(
    ["src/live/**", "src/charts/**"],
    [
      tauri,
      react,
      upward("app|features|ui|test", "live and charts are plain TypeScript below ui."),
    ],
  ),
  restrict(
    ["src/api/**", "src/ui/**"],
    [tauri, upward("app|features|test", "ui and api lie below.")],
  ),
  restrict(["src/app/**", "src/main.tsx", "src/test/**"], [tauri]),
  ...features,
  { files: ["journeys/**"], languageOptions: { globals: globals.node } },
  { files: ["src/host/tauri.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["eslint.config.js"], extends: [tseslint.configs.disableTypeChecked] },
);
