let run; run = (ctx) => typeof ctx;
