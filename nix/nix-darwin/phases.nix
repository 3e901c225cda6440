# The two manifests of a Mac, and the script that installs each.
{
  lib,
  pkgs,
  cfg,
}:
let
  owner = [
    "name"
    "path"
    "mode"
    "owner"
    "uid"
    "group"
    "gid"
  ];

  phase =
    {
      suffix,
      directory,
      secrets,
      templates,
      flags,
      says,
    }:
    let
      manifest =
        import ../sops/manifest.nix
          {
            inherit lib pkgs cfg;
            checker = cfg.validationPackage;
          }
          {
            inherit secrets data;
            name = "manifest${suffix}.json";
          };
      data = import ../sops/manifest-data.nix { inherit lib; } {
        inherit cfg secrets templates;
        place = {
          secretsMountPoint = "${directory}.d";
          symlinkPath = directory;
          statusFile = null;
          metricsFile = null;
          metricsNames = false;
        };
        secretFields = owner ++ [
          "key"
          "format"
          "sopsFile"
          "sopsFileHash"
          "neededForUsers"
        ];
        templateFields = owner ++ [
          "content"
          "file"
        ];
        mode = {
          useTmpfs = false;
          userMode = false;
        };
      };
      exports = lib.concatStrings (
        lib.mapAttrsToList (name: value: "  export ${name}='${value}'\n") cfg.environment
      );
    in
    {
      inherit manifest;
      active = secrets != { } || templates != { };
      script = ''
        echo "${says}"
        (
        ${exports}  ${cfg.package}/bin/sops-install-secrets ${flags}${manifest}
        )
      '';
    };
in
{
  regular = phase {
    suffix = "";
    directory = "/run/secrets";
    secrets = lib.filterAttrs (_: secret: !secret.neededForUsers) cfg.secrets;
    inherit (cfg) templates;
    flags = "";
    says = "Setting up secrets...";
  };

  users = phase {
    suffix = "-for-users";
    directory = "/run/secrets-for-users";
    secrets = lib.filterAttrs (_: secret: secret.neededForUsers) cfg.secrets;
    templates = { };
    flags = "-ignore-passwd ";
    says = "Setting up secrets for users";
  };
}
