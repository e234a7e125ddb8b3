function run() { return "a \"quoted\" line\nand \u0000 \u001f \u2028 \u007f / \\"; }
