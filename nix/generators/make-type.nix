# How a file of a generator is made: one kind, which says the rest. The program has the same defaults.
{ lib }:
let
  inherit (lib) mkOption types;
  text =
    description: default: example:
    mkOption {
      type = types.str;
      inherit default description example;
    };
  number =
    description: default: example:
    mkOption {
      type = types.ints.positive;
      inherit default description example;
    };
  name =
    description: example:
    mkOption {
      type = types.str;
      inherit description example;
    };
  strings =
    description: example:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description example;
    };
  kind =
    description: example: options:
    mkOption {
      type = types.submodule { inherit options; };
      inherit description example;
    };

  caExample = {
    key = "key";
    name = "Example";
  };
  certExample = {
    key = "key";
    dns = [ "web01.example.org" ];
    ca = {
      generator = "ca";
      key = "key";
      certificate = "certificate";
    };
  };

  independent = {
    random = kind "A random value, without a line end." { length = 24; } {
      chars = mkOption {
        type = types.enum [
          "alnum"
          "hex"
          "base64"
          "bytes"
          "uuid"
        ];
        default = "alnum";
        example = "hex";
        description = "What it is written in.";
      };
      length = number "Characters of `alnum`, else bytes before they are encoded. A UUID has no other length." 32 24;
    };
    passphrase = kind "Words that can be said and typed." { words = 4; } {
      words = number "How many." 6 4;
    };
    ssh-key = kind "An ed25519 key in OpenSSH's format." { comment = "backup@web01"; } {
      comment = text "The comment of the key." "" "backup@web01";
    };
    wireguard = kind "A private key, as `wg genkey` makes it." { } { };
    age-key = kind "An age key." { } { };
    nix-key = kind "A signing key of Nix." { name = "cache.example.org-1"; } {
      name = name "The name of the key." "cache.example.org-1";
    };
    tls-key = kind "A private key in PEM." { type = "rsa"; } {
      type = mkOption {
        type = types.enum [
          "ecdsa"
          "ed25519"
          "rsa"
        ];
        default = "ecdsa";
        example = "rsa";
        description = "Which: P-256, ed25519, or RSA with 3072 bits.";
      };
    };
  };
in
types.attrTag (
  independent
  // {
    prompt = kind "The answer to a prompt, which is declared here or by `prompts`." { description = "The token of the registry"; } {
      name = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "token";
        description = "The name of the prompt. Null stands for that of the file.";
      };
      type = mkOption {
        type = types.nullOr (
          types.enum [
            "line"
            "hidden"
            "multiline"
            "multiline-hidden"
          ]
        );
        default = null;
        example = "multiline";
        description = "How it is asked. Null stands for `hidden`, where the prompt is not declared elsewhere.";
      };
      description = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "The token of the registry";
        description = "What is asked.";
      };
      orElse = mkOption {
        type = types.nullOr (types.attrTag independent);
        default = null;
        example = lib.literalExpression "{ random = { }; }";
        description = "What is made when the answer is empty.";
      };
    };
    template = mkOption {
      type = types.lines;
      example = lib.literalExpression ''"DB=''${config.sops.generators.app.files.password.placeholder}"'';
      description = "Text with the `placeholder` of files and prompts in it.";
    };
    hash = kind "The hash of a password." { of = "password"; } {
      of = mkOption {
        type = types.either types.str (
          types.submodule {
            options.prompt = name "The prompt." "password";
          }
        );
        example = "password";
        description = "The file of the same generator that has the password, or the prompt that asks for it.";
      };
      scheme = mkOption {
        type = types.enum [
          "sha512crypt"
          "scrypt"
          "argon2id"
        ];
        default = "sha512crypt";
        example = "argon2id";
        description = "The first two are for {option}`users.users.<name>.hashedPasswordFile`, the last for web applications.";
      };
    };
    public-of = mkOption {
      type = types.str;
      example = "key";
      description = "The file whose public half it is: a key of the same generator.";
    };
    tls-ca = kind "The certificate of an authority." caExample {
      key = name "Its key, a file of the same generator." "key";
      name = name "What the authority is called." "Example";
      days = number "How long it is good, in days." 3650 730;
    };
    tls-cert = kind "A certificate for servers and clients." certExample {
      key = name "Its key, a file of the same generator." "key";
      name = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "web01.example.org";
        description = "What it is for. Null stands for the first of `dns` and `ip`.";
      };
      dns = strings "Its names." [ "web01.example.org" ];
      ip = strings "Its addresses." [ "192.0.2.7" ];
      days = number "How long it is good, in days; it ends with its authority." 365 90;
      ca = mkOption {
        type = types.nullOr (
          types.submodule {
            options = {
              generator = mkOption {
                type = types.nullOr types.str;
                default = null;
                example = "ca";
                description = "The generator of the authority, one of `dependencies`. Null stands for the same one.";
              };
              key = name "The file with the key of the authority." "key";
              certificate = name "The file with its certificate." "certificate";
            };
          }
        );
        default = null;
        example = certExample.ca;
        description = "Who signs it. Null stands for its own key.";
      };
    };
    manual = kind "Entered with `hostseal set`." { } { };
  }
)
