# The configurations of test/nix with NixOS, home-manager and nix-darwin as they are. It needs a network, and a Nix of today:
# nix flake check ./test/nix/real
{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    home-manager.url = "github:nix-community/home-manager/release-26.05";
    home-manager.inputs.nixpkgs.follows = "nixpkgs";
    nix-darwin.url = "github:nix-darwin/nix-darwin/nix-darwin-26.05";
    nix-darwin.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      home-manager,
      nix-darwin,
    }:
    let
      inherit (nixpkgs) lib;
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      each =
        prefix: directory: check:
        lib.mapAttrs' (
          file: _: lib.nameValuePair "${prefix}-${lib.removeSuffix ".nix" file}" (check (directory + "/${file}"))
        ) (builtins.readDir directory);

      # The whole system is evaluated, and what has to do with secrets is built: everything in /etc with all units, and
      # both manifests.
      machine =
        file:
        let
          inherit
            (lib.nixosSystem {
              modules = [
                ../../../nix/nixos
                file
                {
                  nixpkgs.hostPlatform = system;
                  system.stateVersion = "26.05";
                  networking.hostName = lib.mkDefault "web";
                  boot.loader.grub.enable = false;
                  fileSystems."/" = {
                    device = "/dev/vda";
                    fsType = "ext4";
                  };
                }
              ];
            })
            config
            ;
        in
        builtins.seq config.system.build.toplevel.drvPath (
          pkgs.linkFarmFromDrvs "machine" [
            config.system.build.etc
            config.system.build.sops-nix-manifest
            config.system.build.sops-nix-users-manifest
          ]
        );

      home =
        file:
        (home-manager.lib.homeManagerConfiguration {
          inherit pkgs;
          modules = [
            ../../../nix/home-manager
            file
            {
              home = {
                username = "alice";
                homeDirectory = "/home/alice";
                stateVersion = "26.05";
              };
            }
          ];
        }).activationPackage;

      # Nothing of a Mac can be built here.
      mac =
        file:
        let
          system = nix-darwin.lib.darwinSystem {
            modules = [
              ../../../nix/nix-darwin
              file
              {
                nixpkgs.hostPlatform = "aarch64-darwin";
                system.stateVersion = 6;
                networking.hostName = lib.mkDefault "mac";
              }
            ];
          };
        in
        pkgs.writeText "mac" (builtins.unsafeDiscardStringContext system.system.drvPath);
    in
    {
      checks.${system} =
        each "machine" ../configurations machine // each "home" ../homes home // each "mac" ../macs mac;
    };
}
