import js from "@eslint/js";
import globals from "globals";

const MARKUP = "Recorded text enters the page as text: use base/dom.js.";
const markup = ["innerHTML", "outerHTML", "srcdoc"].map((property) => ({
  property,
  message: MARKUP,
}));
const calls = [
  "insertAdjacentHTML",
  "setHTMLUnsafe",
  "setHTML",
  "write",
  "writeln",
  "createContextualFragment",
];

export default [
  js.configs.recommended,
  {
    files: ["proxy/runreel/page/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-lines": ["error", 250],
      "max-lines-per-function": ["error", 40],
      complexity: ["error", 10],
      eqeqeq: "error",
      curly: ["error", "multi-line"],
      "no-var": "error",
      "prefer-const": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-restricted-properties": [
        "error",
        ...markup,
        ...calls.map((property) => ({ property, message: MARKUP })),
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "ImportExpression", message: "The exported file has no modules to import." },
        { selector: "ExportDefaultDeclaration", message: "Export by name (page/README.md)." },
        {
          selector: "ExportAllDeclaration",
          message: "Export where it is declared (page/README.md).",
        },
        { selector: "ExportNamedDeclaration[source]", message: "Export where it is declared." },
        { selector: "ImportNamespaceSpecifier", message: "Import by name (page/README.md)." },
        { selector: "ImportDefaultSpecifier", message: "Import by name (page/README.md)." },
        { selector: "Program > ExpressionStatement > AwaitExpression", message: "No await here." },
      ],
    },
  },
];
