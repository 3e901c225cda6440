# What the NixOS module makes of a configuration, as data that can be compared with files.
{
  lib,
  # The module: ours, or the one of sops-nix for the comparison.
  module ? ../../nix/nixos,
}:
let
  pkgs = import ./stand-ins/packages.nix { inherit lib; };
  renderUnits = import ./render-units.nix { inherit lib; };

  evaluate =
    configuration:
    lib.evalModules {
      specialArgs = { inherit pkgs; };
      modules = [
        ./stand-ins/nixos.nix
        module
        configuration
      ];
    };

  read = file: builtins.fromJSON (builtins.unsafeDiscardStringContext file.text);

  messages = config: {
    refused = map (entry: entry.message) (lib.filter (entry: !entry.assertion) config.assertions);
    inherit (config) warnings;
  };
in
{
  inherit evaluate messages;

  system =
    configuration:
    let
      inherit (evaluate configuration) config;
      inherit (config.system) build;
    in
    messages config
    // {
      manifest = read build.sops-nix-manifest;
      usersManifest = read build.sops-nix-users-manifest;
      checks = [
        build.sops-nix-manifest.checkPhase
        build.sops-nix-users-manifest.checkPhase
      ];
      units = renderUnits config.systemd;
      activationScripts = config.system.activationScripts;
      loadCredential = lib.mapAttrs (_: secret: secret.loadCredential or null) config.sops.secrets;
      environment = config.sops.environment;
    };
}
