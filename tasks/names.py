"""Given names and family names for the generated problems: common ones, one word each, plain letters."""

WOMEN = (
    "Ann Amy Eva Ida Kim Lea Mia Zoe Ruth Rosa Nina Nora Lucy Lily Jane June Ella Emma Dora Clara Carol Alice "
    "Grace Helen Irene Julia Karen Laura Maria Olga"
).split()
MEN = (
    "Ben Bob Cal Dan Gus Ian Jim Joe Ken Leo Max Ned Pat Ray Sam Tim Tom Adam Carl Eric Fred Hugo Ivan Jack "
    "John Karl Luis Mark Omar Paul"
).split()
GIVEN = (
    "Abigail Adrian Agnes Albert Alexander Alfred Amanda Amelia Andrea Andrew Angela Anita Anthony Antonio Arthur "
    "Ashley Audrey Austin Barbara Beatrice Benjamin Bernard Beth Betty Beverly Brandon Brenda Brian Bridget Bruce "
    "Caleb Cameron Camille Carlos Caroline Catherine Cecilia Charles Charlotte Chelsea Chloe Christina Christopher "
    "Cindy Claire Claudia Clifford Colin Connor Craig Crystal Curtis Cynthia Daisy Daniel Danielle Darren David "
    "Deborah Dennis Derek Diana Diego Dominic Donald Doris Dorothy Douglas Dylan Edgar Edith Edward Eleanor Elijah "
    "Elizabeth Emily Enrique Ernest Esther Ethan Eugene Evelyn Felix Fernando Fiona Florence Frances Frank Gabriel "
    "Gavin George Gerald Gilbert Gloria Gordon Gregory Hannah Harold Harriet Harvey Heather Hector Henry Herbert "
    "Holly Howard Isaac Isabel Jacob Jacqueline James Janet Jasmine Jason Jeffrey Jennifer Jeremy Jessica Joanna "
    "Jonathan Jordan Joseph Joshua Joyce Judith Justin Katherine Kathleen Keith Kelly Kenneth Kevin Kyle Lawrence "
    "Leonard Leslie Lewis Lillian Linda Logan Lorraine Louis Louise Lucas Lydia Lynn Madison Marcus Margaret Marilyn "
    "Mario Marjorie Marshall Martha Martin Marvin Matthew Maureen Maurice Megan Melissa Michael Michelle Mildred "
    "Miriam Mitchell Monica Morgan Nancy Natalie Nathan Nicholas Nicole Norman Oliver Oscar Pamela Patricia Patrick "
    "Peggy Penelope Peter Philip Phyllis Priscilla Rachel Ralph Raymond Rebecca Regina Ricardo Richard Robert Roberta "
    "Rodney Roger Roland Ronald Roy Russell Samantha Samuel Sandra Sarah Scott Sergio Sharon Sheila Shirley Sidney "
    "Simon Sophia Spencer Stanley Stella Stephanie Stephen Stuart Susan Sylvia Tamara Teresa Theodore Theresa Thomas "
    "Tiffany Timothy Travis Trevor Tyler Valerie Vanessa Vernon Veronica Victor Victoria Vincent Viola Virginia "
    "Vivian Walter Warren Wayne Wendy Wesley William Winston Yolanda Yvonne Zachary"
).split()
FAMILY = (
    "Adams Aguilar Allen Alvarez Anderson Armstrong Arnold Bailey Baker Barnes Bell Bennett Bishop Black Boyd Bradley "
    "Brooks Brown Bryant Burke Burns Butler Campbell Carlson Carpenter Carroll Carter Castillo Chapman Chavez Clark "
    "Cole Coleman Collins Cook Cooper Cox Crawford Cruz Cunningham Daniels Davis Day Dean Diaz Dixon Duncan Dunn "
    "Edwards Elliott Ellis Evans Ferguson Fernandez Fields Fisher Fleming Flores Ford Foster Fowler Fox Franklin "
    "Freeman Fuller Garcia Gardner Garrett Gibson Gomez Gonzalez Graham Grant Graves Gray Green Griffin Gutierrez Hall "
    "Hamilton Hansen Harper Harris Harrison Hart Hawkins Hayes Henderson Hernandez Hicks Hill Hoffman Holland Holmes "
    "Hopkins Hughes Hunt Hunter Jackson Jacobs Jenkins Jensen Jimenez Johnson Jones Kelley Kennedy King Knight Lambert "
    "Lane Larson Lawson Lee Little Long Lopez Lynch Marsh Mason McCoy Medina Mendoza Meyer Miller Mills Moore Morales "
    "Moreno Morris Murphy Murray Myers Nelson Newman Nguyen Nichols Obrien Oliver Olson Ortiz Owens Palmer Parker "
    "Patel Patterson Payne Perez Perkins Perry Peters Peterson Phillips Pierce Porter Powell Price Quinn Ramirez Ramos "
    "Reed Reyes Reynolds Rice Richards Riley Rivera Robbins Roberts Robinson Rodriguez Rogers Romero Rose Ross Ruiz "
    "Ryan Salazar Sanchez Sanders Schmidt Schultz Shaw Silva Simmons Simpson Sims Smith Snyder Soto Stephens Stevens "
    "Stewart Stone Sullivan Taylor Thompson Torres Tran Tucker Turner Vargas Vasquez Wagner Walker Wallace Walsh Ward "
    "Warren Washington Watkins Watson Weaver Webb Weber Welch Wells West Wheeler White Williams Wilson Wood Woods "
    "Wright Young Zimmerman"
).split()
