/** Stylesheets are imported for their effect only; class names are plain words, each used in one folder. */
declare module "*.css";
