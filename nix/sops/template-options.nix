# The options of one template, in groups: each module takes those that its system has.
{
  lib,
  pkgs,
  config,
  options,
  name,
  directory,
}:
let
  inherit (lib) mkOption types;
  inherit (import ./owner-options.nix { inherit lib; }) mode;
in
{
  source = {
    name = mkOption {
      type = types.singleLineStr;
      default = name;
      defaultText = lib.literalMD "the attribute name";
      example = "wireguard.conf";
      description = "The name of the rendered file below the directory `rendered` of the secrets.";
    };

    path = mkOption {
      type = types.singleLineStr;
      default = "${directory}/${config.name}";
      defaultText = lib.literalMD "the file's own place";
      example = "/etc/wireguard/wg0.conf";
      description = "Where the rendered file is found. Any place but its own becomes a symbolic link to it.";
    };

    content = mkOption {
      type = types.lines;
      default = "";
      example = lib.literalExpression ''
        '''
          password = "''${config.sops.placeholder.database-password}"
        '''
      '';
      # What is written to the manifest: a program that prefers `content` must not see one that is to be ignored.
      apply =
        content: if options.file.highestPrio < (lib.mkOptionDefault null).priority then "" else content;
      description = ''
        The text of the file, with placeholders where secrets go: `config.sops.placeholder.NAME` for the value as it is, and
        `config.sops.placeholderAs.FILTER.NAME` for one that is written so that the reader of the file gets it back.
        Filters are `json` (with the quotes), `yaml` (a block behind `key: ` for several lines, else with quotes), `systemd`
        (for an EnvironmentFile, with the quotes), `shell` (one word), `base64`, `trimmed` (without white space around it)
        and `line` (without the line end; more lines are an error).
      '';
    };

    file = mkOption {
      type = types.path;
      default = pkgs.writeText config.name config.content;
      defaultText = lib.literalExpression "pkgs.writeText config.name config.content";
      example = lib.literalExpression "./wireguard.conf.in";
      description = "The file that holds the template. `content` is ignored when it is set.";
    };

    inherit mode;
  };
}
