let run;
