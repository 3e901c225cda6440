{
  description = "SOPS secrets for NixOS machines, opened with the SSH host key, and the repository they live in";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      eachSystem = function: lib.genAttrs systems (system: function nixpkgs.legacyPackages.${system});
    in
    {
      # The names of sops-nix, so that `inputs.sops-nix.url` can be this flake. A module is a set, as every Nix wants it in
      # `nix flake check`, and names its file, so that a configuration that has it twice has it once.
      nixosModules = {
        default = self.nixosModules.sops;
        sops.imports = [ ./nix/nixos ];
      };
      homeManagerModules = {
        default = self.homeManagerModules.sops;
        sops.imports = [ ./nix/home-manager ];
      };
      homeManagerModule = self.homeManagerModules.sops;
      homeModules = self.homeManagerModules;
      darwinModules = {
        default = self.darwinModules.sops;
        sops.imports = [ ./nix/nix-darwin ];
      };

      overlays.default =
        final: _: removeAttrs (import ./nix/packages.nix { pkgs = final; }) [ "default" ];

      # `hostseal.generators = hostseal.lib.generators self.nixosConfigurations;` is what `hostseal generate` reads.
      lib = import ./nix/generators/manifest.nix { inherit lib; };

      packages = eachSystem (pkgs: import ./nix/packages.nix { inherit pkgs; });

      checks = eachSystem (
        pkgs:
        let
          packages = self.packages.${pkgs.stdenv.hostPlatform.system};
        in
        {
          inherit (packages) hostseal hostseal-agent;

          formatting = pkgs.runCommand "hostseal-formatting" { nativeBuildInputs = [ pkgs.nixfmt ]; } ''
            find ${./flake.nix} ${./nix} ${./test/nix} -name '*.nix' -exec nixfmt --check {} +
            touch $out
          '';
        }
        // lib.optionalAttrs pkgs.stdenv.hostPlatform.isLinux (import ./test/nix/vm { inherit pkgs; })
      );

      formatter = eachSystem (pkgs: pkgs.nixfmt-tree);

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.nodejs_24
            pkgs.esbuild
            pkgs.nixfmt
            # What the interoperability tests compare with.
            pkgs.age
            pkgs.sops
            pkgs.ssh-to-age
          ];
          env.NIXPKGS_LIB = "${nixpkgs}/lib";
        };
      });
    };
}
