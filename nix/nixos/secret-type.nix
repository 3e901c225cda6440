# One entry of `sops.secrets` on NixOS.
{
  lib,
  cfg,
  users,
}:
let
  inherit (lib) mkOption types;
  owner = import ../sops/owner-options.nix { inherit lib; };
in
types.submodule (
  { config, name, ... }:
  let
    options = import ../sops/secret-options.nix {
      inherit
        lib
        cfg
        config
        name
        ;
    };
    directory = if config.neededForUsers then "/run/secrets-for-users" else "/run/secrets";
  in
  {
    options =
      options.source
      // options.hash
      // options.units
      // options.binding
      // options.handling
      // options.parents
      // options.empty
      // options.hashed
      // options.standIn
      // owner.ids
      // owner.names {
        owner = { };
        group = {
          # An owner that is not declared is an assertion of ours, which says what to write.
          default = if config.owner != null then users.${config.owner}.group or null else null;
          defaultText = lib.literalMD "{option}`users.users.\${owner}.group`";
        };
      }
      // {
        path = mkOption {
          type = types.str;
          default = "${directory}/${config.name}";
          defaultText = lib.literalMD "`/run/secrets/\${name}`, or `/run/secrets-for-users/\${name}` if `neededForUsers`";
          example = "/etc/wpa_supplicant.conf";
          description = "Where the secret is found. Any place but its own becomes a symbolic link to it.";
        };

        neededForUsers = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = ''
            Whether the secret is installed before users and groups are made, as the files of
            {option}`users.users.<name>.hashedPasswordFile` have to be. It then belongs to root and is found in
            `/run/secrets-for-users`.
          '';
        };

        loadCredential = mkOption {
          type = types.str;
          readOnly = true;
          default = "${lib.replaceStrings [ "/" ":" ] [ "-" "-" ] config.name}:${directory}/${config.name}";
          defaultText = lib.literalMD "the name of the secret with `-` for `/`, a colon, and the path of the secret";
          example = "web-tls-key:/run/secrets/web/tls-key";
          description = ''
            What to write in `serviceConfig.LoadCredential` of a unit. systemd reads the file as root, so the unit needs
            no owner or group here, and finds the value in `$CREDENTIALS_DIRECTORY`.
          '';
        };
      };
  }
)
