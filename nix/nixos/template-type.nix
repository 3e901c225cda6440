# One entry of `sops.templates` on NixOS.
{
  lib,
  pkgs,
  cfg,
  users,
}:
let
  inherit (lib) mkOption types;
  owner = import ../sops/owner-options.nix { inherit lib; };
in
types.submodule (
  {
    config,
    options,
    name,
    ...
  }:
  let
    directory = if config.neededForUsers then "/run/secrets-for-users" else "/run/secrets";
    template = import ../sops/template-options.nix {
      inherit
        lib
        pkgs
        config
        options
        name
        ;
      directory = "${directory}/rendered";
    };
    secret = import ../sops/secret-options.nix {
      inherit
        lib
        cfg
        config
        name
        ;
    };
  in
  {
    options =
      template.source
      // secret.units
      // secret.handling
      // secret.parents
      // owner.ids
      // owner.names {
        owner = { };
        group = {
          default = if config.owner != null then users.${config.owner}.group or null else null;
          defaultText = lib.literalMD "{option}`users.users.\${owner}.group`";
        };
      }
      // {
        neededForUsers = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = ''
            Whether the file is rendered before users and groups are made. It can then use the secrets that are
            `neededForUsers`, and only those.
          '';
        };
      };
  }
)
