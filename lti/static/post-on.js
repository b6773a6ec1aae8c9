// Posts the page's form at once; its button does the same for browsers without scripts.
document.querySelector("form[data-post-on]").submit();
