# One question that a person answers.
{ lib }:
let
  inherit (lib) mkOption types;
  shown =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "Registry";
      inherit description;
    };
in
types.submodule (
  { name, ... }:
  {
    options = {
      name = mkOption {
        type = types.str;
        default = name;
        readOnly = true;
        description = "The name of the prompt.";
      };
      type = mkOption {
        type = types.enum [
          "line"
          "hidden"
          "multiline"
          "multiline-hidden"
        ];
        default = "line";
        example = "hidden";
        description = "How it is asked. What is hidden is typed twice.";
      };
      description = mkOption {
        type = types.str;
        default = name;
        defaultText = lib.literalMD "the name";
        example = "The token of the registry";
        description = "What is asked.";
      };
      persist = mkOption {
        type = types.bool;
        default = false;
        example = true;
        description = "Whether the answer is kept, as the secret file of the same name.";
      };
      display = mkOption {
        type = types.submodule {
          options = {
            group = shown "For graphical programs.";
            label = shown "For graphical programs.";
            helperText = shown "For graphical programs.";
            required = mkOption {
              type = types.bool;
              default = true;
              example = false;
              description = "For graphical programs.";
            };
          };
        };
        default = { };
        example = lib.literalExpression "{ label = \"Token\"; }";
        description = "How graphical programs show it; `hostseal` is none.";
      };
      placeholder = mkOption {
        type = types.str;
        readOnly = true;
        default = "<HOSTSEAL:prompt/${name}>";
        description = "What stands for the answer in `make.template`.";
      };
    };
  }
)
