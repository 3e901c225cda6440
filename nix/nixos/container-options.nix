# Secrets of one container.
{
  config,
  lib,
  cfg,
}:
let
  inherit (lib) mkOption types;
  others = config.virtualisation.oci-containers.containers or { };
  owner = import ../sops/owner-options.nix { inherit lib; };
  secret = types.submodule (
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
    in
    {
      options =
        options.source
        // options.hash
        // options.units
        // options.binding
        // options.handling
        // options.empty
        // owner.ids;
    }
  );
in
types.submodule (
  { name, ... }:
  {
    options = {
      secrets = mkOption {
        type = types.attrsOf secret;
        default = { };
        example = lib.literalExpression "{ database = { uid = 999; }; }";
        description = ''
          The secrets that the container sees. Owners are numbers as they are inside of it; an owner that has a name there
          has another one here, or none.
        '';
      };

      uidShift = mkOption {
        type = types.ints.unsigned;
        default = 0;
        example = 131072;
        description = ''
          What is added to owners and groups: the first number of the container's user namespace, as
          {option}`containers.<name>.privateUsers` has it. 0 is for a container without one.
        '';
      };

      bind = mkOption {
        type = types.bool;
        default = !(others ? ${name});
        defaultText = lib.literalMD "whether {option}`virtualisation.oci-containers.containers` has no container of this name";
        example = false;
        description = ''
          Whether the NixOS container of this name gets the directory, and a link to it at `/run/secrets`. Where it does not, as
          one of podman or Docker or one with a {option}`containers.<name>.path`, bind
          {option}`sops.containers.<name>.directory` yourself.
        '';
      };

      directory = mkOption {
        type = types.str;
        readOnly = true;
        default = "/run/secrets-container-${name}.d";
        defaultText = lib.literalMD "`/run/secrets-container-\${name}.d`";
        description = ''
          The directory to bind, at the same path inside. The secrets are in `current`, a link that leads to those of the
          last change: what is bound itself stays the same.
        '';
      };
    };
  }
)
