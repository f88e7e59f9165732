/** How agents see the server: part of the names by which models know its tools, and policies name them. */
export const serverName = 'statecraft';
